/* A machine over libcurl, in the thread that waits for its events. */
#ifndef MSNP_CURL_DRIVER_H
#define MSNP_CURL_DRIVER_H

#include <curl/curl.h>
#include <msnp.h>
#include <stdatomic.h>

struct exchange;

struct driver {
    msnp_machine *machine;
    CURLM *multi;          /* curl_multi_init() */
    struct exchange *open; /* what is in flight; NULL at first */
    atomic_bool woken;     /* false at first */
};

/* Now, on the clock of all machines. */
uint64_t driver_now(void);
/* The next event as JSON, and the bytes beside it; NULL once this moment has come, or after driver_wake. */
const char *driver_next_event(struct driver *driver, uint64_t until, msnp_view *data);
/* From any thread: driver_next_event comes back. It uses the machine as long as it waits, so what another thread has to say is handed to the
 * one that waits, by a queue of the program's own. */
void driver_wake(struct driver *driver);
/* Drops what is in flight. The machine and the multi handle stay the program's. */
void driver_stop(struct driver *driver);

#endif
