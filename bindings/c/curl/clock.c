#include "driver.h"

#include <time.h>

uint64_t driver_now(void) {
    struct timespec now;
#ifdef CLOCK_BOOTTIME /* Linux: goes on while the host is asleep, as CLOCK_MONOTONIC does elsewhere */
    clock_gettime(CLOCK_BOOTTIME, &now);
#else
    clock_gettime(CLOCK_MONOTONIC, &now);
#endif
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
