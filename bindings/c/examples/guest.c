/* The guest program by which `msnp conformance` judges a driver from the wire: `guest GATEWAY SECONDS`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../curl/driver.h"

static void say(struct driver *driver, const void *data, size_t len) {
    msnp_session_send(driver->machine, data, len, driver_now(), NULL, NULL);
}

/* One session; whether it was closed by the guest itself. Its driver is not taken down. */
static bool session(const char *gateway, int seconds) {
    struct driver *driver = calloc(1, sizeof *driver);
    driver->multi = curl_multi_init();
    char config[512];
    snprintf(config, sizeof config, "{\"gateway\":\"%s\",\"timing\":{\"reply_ms\":%d000}}", gateway, seconds);
    msnp_error error;
    if (msnp_session_new(config, &driver->machine, &error) != MSNP_OK) return fprintf(stderr, "%s\n", error.text), false;
    say(driver, "HELLO\r\n", 7);
    for (;;) {
        msnp_view data;
        const char *event = driver_next_event(driver, MSNP_NEVER, &data);
        char line[32] = "";
        memcpy(line, data.data, data.len < sizeof line - 1 ? data.len : sizeof line - 1);
        int number;
        if (strstr(event, "\"event\":\"Closed\"") != NULL) return strstr(event, "\"code\":\"Local\"") != NULL;
        if (strstr(event, "\"event\":\"Unsent\"") != NULL) {
            number = atoi(strstr(event, "\"send\":") + 7);
            int len = snprintf(line, sizeof line, "UNSENT %d %s\r\n", number, strstr(event, "not_sent") != NULL ? "notsent" : "unknown");
            say(driver, line, (size_t)len);
        }
        if (strstr(event, "\"event\":\"Received\"") == NULL || strncmp(line, "SKIP", 4) == 0) continue;
        if (data.len == 5 && strcmp(line, "OUT\r\n") == 0) msnp_machine_call(driver->machine, "close", NULL, driver_now(), NULL, NULL);
        else if (sscanf(line, "REST %d", &number) == 1) nanosleep(&(struct timespec){ number / 1000, number % 1000 * 1000000l }, NULL);
        else say(driver, data.data, data.len);
    }
}

int main(int count, char **words) {
    if (count != 3) return fprintf(stderr, "guest GATEWAY SECONDS\n"), 2;
    while (session(words[1], atoi(words[2]))) continue;
    return 0;
}
