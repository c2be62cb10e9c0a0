/* A machine over libcurl, in the thread that waits for its events. */
#ifndef MSNP_CURL_DRIVER_H
#define MSNP_CURL_DRIVER_H

#include <curl/curl.h>
#include <msnp.h>

struct exchange;

struct driver {
    msnp_machine *machine;
    CURLM *multi;          /* curl_multi_init() */
    struct exchange *open; /* what is in flight; NULL at first */
};

/* Now, on the clock of all machines. */
uint64_t driver_now(void);
/* The next event as JSON, and the bytes beside it; NULL once this moment has come. */
const char *driver_next_event(struct driver *driver, uint64_t until, msnp_view *data);
/* Drops what is in flight. The machine and the multi handle stay the program's. */
void driver_stop(struct driver *driver);

#endif
