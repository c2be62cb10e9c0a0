/* Answers whoever writes: `bot SERVICE LOGIN PASSWORD`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "../curl/driver.h"

/* The text of a field, as JSON has it, quotes and all. It reads what this library writes, where no field of that name
 * stands inside a text: a program of your own takes a JSON library. */
static char *field(const char *json, const char *name) {
    char key[64];
    snprintf(key, sizeof key, "\"%s\":\"", name);
    const char *from = strstr(json, key);
    if (from == NULL) return NULL;
    from += strlen(key) - 1;
    const char *to = from + 1;
    while (*to != '"') to += *to == '\\' ? 2 : 1;
    return strndup(from, (size_t)(to - from) + 1);
}

int main(int count, char **words) {
    if (count != 4) return fprintf(stderr, "bot SERVICE LOGIN PASSWORD\n"), 2;
    uint8_t seed[32];
    if (getentropy(seed, sizeof seed) != 0) return perror("getentropy"), 1;
    char json[1024];
    snprintf(json, sizeof json, "{\"service\":\"%s\",\"login\":\"%s\",\"password\":\"%s\"}", words[1], words[2], words[3]);
    msnp_machine *bot;
    msnp_error error;
    if (msnp_client_new(json, seed, &bot, &error) != MSNP_OK) return fprintf(stderr, "%s\n", error.text), 1;
    struct driver driver = { .machine = bot, .multi = curl_multi_init() };
    msnp_machine_call(bot, "sign_in", NULL, driver_now(), NULL, NULL);
    bool over = false;
    while (!over) {
        const char *event = driver_next_event(&driver, MSNP_NEVER, NULL);
        if (event == NULL) continue;
        puts(event);
        fflush(stdout);
        over = strstr(event, "\"event\":\"SignedOut\"") != NULL;
        if (strstr(event, "\"event\":\"MessageReceived\"") == NULL) continue;
        char *to = field(event, "conversation"), *text = field(event, "text");
        size_t room = strlen(to) + strlen(text) + 64;
        char *answer = malloc(room);
        snprintf(answer, room, "{\"to\":%s,\"text\":\"You said: %s}", to, text + 1);
        if (msnp_machine_call(bot, "send_text", answer, driver_now(), NULL, &error) != MSNP_OK) fprintf(stderr, "%s\n", error.text);
        free(to);
        free(text);
        free(answer);
    }
    driver_stop(&driver);
    msnp_machine_free(bot);
    return curl_multi_cleanup(driver.multi) == CURLM_OK ? 0 : 1;
}
