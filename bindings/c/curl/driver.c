#include "driver.h"

#include <stdlib.h>
#include <string.h>

#define BODY_LIMIT (8 << 20) /* a longer one counts as a response that did not arrive */

struct kept { char *data; size_t len; };
struct exchange { struct exchange *next; uint64_t id; CURL *easy; struct curl_slist *lines; struct kept head, body; };

static size_t keep(char *data, size_t one, size_t len, void *place) {
    struct kept *kept = place;
    char *grown = kept->len + len > BODY_LIMIT ? NULL : realloc(kept->data, kept->len + len * one);
    if (grown == NULL) return 0; /* which ends the request */
    memcpy(grown + kept->len, data, len);
    *kept = (struct kept){ grown, kept->len + len };
    return len;
}

static void end(struct driver *driver, struct exchange **place) {
    struct exchange *it = *place;
    *place = it->next;
    curl_multi_remove_handle(driver->multi, it->easy);
    curl_easy_cleanup(it->easy);
    curl_slist_free_all(it->lines);
    free(it->head.data);
    free(it->body.data);
    free(it);
}

static void start(struct driver *driver, const msnp_order *order) {
    struct exchange *it = calloc(1, sizeof *it);
    *it = (struct exchange){ .next = driver->open, .id = order->id, .easy = curl_easy_init() };
    driver->open = it;
    /* What curl would add by itself, without a value: then it does not. */
    const char *unasked[] = { "Expect:", "Accept:", "Content-Type:" };
    for (size_t i = 0; i < 3; i++) it->lines = curl_slist_append(it->lines, unasked[i]);
    for (size_t i = 0; i < order->header_count; i++) it->lines = curl_slist_append(it->lines, order->headers[i]);
    if (strcmp(order->method, "GET") != 0) {
        curl_easy_setopt(it->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)order->body.len);
        curl_easy_setopt(it->easy, CURLOPT_COPYPOSTFIELDS, order->body.data);
        curl_easy_setopt(it->easy, CURLOPT_CUSTOMREQUEST, order->method);
    }
    curl_easy_setopt(it->easy, CURLOPT_URL, order->uri);
    curl_easy_setopt(it->easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(it->easy, CURLOPT_HTTPHEADER, it->lines);
    /* On a kept connection that turns out to be dead, curl would send the request again by itself. */
    curl_easy_setopt(it->easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(it->easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(it->easy, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(it->easy, CURLOPT_HEADERDATA, &it->head);
    curl_easy_setopt(it->easy, CURLOPT_WRITEDATA, &it->body);
    curl_multi_add_handle(driver->multi, it->easy);
}

static void tell(struct driver *driver, const CURLMsg *said) {
    struct exchange **place = &driver->open;
    while ((*place)->easy != said->easy_handle) place = &(*place)->next;
    struct exchange *it = *place;
    long status = 0, sent = 0;
    curl_easy_getinfo(it->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(it->easy, CURLINFO_REQUEST_SIZE, &sent);
    if (said->data.result != CURLE_OK) msnp_machine_handle_failure(driver->machine, it->id, sent > 0, driver_now());
    else msnp_machine_handle_response(driver->machine, it->id, (uint16_t)status, it->head.data, it->head.len, (uint8_t *)it->body.data, it->body.len, driver_now());
    end(driver, place);
}

const char *driver_next_event(struct driver *driver, uint64_t until, msnp_view *data) {
    for (;;) {
        msnp_order order;
        while (msnp_machine_poll_order(driver->machine, driver_now(), &order) == MSNP_OK) {
            struct exchange **place = &driver->open;
            if (order.kind == MSNP_ORDER_SEND) { start(driver, &order); continue; }
            while (*place != NULL && (*place)->id != order.id) place = &(*place)->next;
            if (*place != NULL) end(driver, place);
        }
        const char *json;
        if (msnp_machine_poll_event(driver->machine, &json, data) == MSNP_OK) return json;
        uint64_t now = driver_now(), due = msnp_machine_poll_timeout(driver->machine), soon = due < until ? due : until;
        if (now >= until || atomic_exchange(&driver->woken, false)) return NULL;
        uint64_t wait = soon > now ? (soon - now + 999999) / 1000000 : 0;
        int left;
        curl_multi_perform(driver->multi, &left);
        const CURLMsg *said = curl_multi_info_read(driver->multi, &left);
        if (said != NULL) tell(driver, said);
        /* Timers may stand still while the host is asleep: never long without a look at the clock. */
        else curl_multi_poll(driver->multi, NULL, 0, wait < 10000 ? (int)wait : 10000, NULL);
    }
}

void driver_wake(struct driver *driver) { atomic_store(&driver->woken, true), curl_multi_wakeup(driver->multi); }

void driver_stop(struct driver *driver) { while (driver->open != NULL) end(driver, &driver->open); }
