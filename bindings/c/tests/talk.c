/* A C program talks: it is refused what is wrong, cuts frames, signs in, says something, hears the answer, signs out. */
#undef NDEBUG
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../curl/driver.h"

#define PATIENCE (120ull * 1000000000ull)

static void versions(void) {
    assert(msnp_abi_version() == MSNP_ABI_VERSION);
    assert(strlen(msnp_version()) > 0);
    for (int32_t status = -1; status < 12; status++) assert(strlen(msnp_status_text(status)) > 0);
    assert(strcmp(msnp_status_text(MSNP_REFUSED), "the machine refuses") == 0);
}

/* What is wrong is said, and nothing comes of it. */
static void mistakes(void) {
    uint8_t seed[32] = { 7 };
    msnp_error error;
    msnp_machine *machine = (msnp_machine *)&error;
    assert(msnp_client_new("{\"service\":", seed, &machine, &error) == MSNP_WRONG);
    assert(machine == NULL && strcmp(error.code, "NotJson") == 0);
    assert(msnp_client_new("{\"service\":\"https://a\",\"login\":\"a@b\",\"password\":\"x\",\"limits\":{\"text\":-1}}", seed, &machine, &error) == MSNP_WRONG);
    assert(strcmp(error.at, "limits.text") == 0 && strcmp(error.code, "NotA") == 0);
    assert(msnp_client_new("{\"network\":{\"tcp\":\"a\",\"web\":\"http://a\"},\"login\":\"a@b\",\"password\":\"x\"}", seed, &machine, &error) == MSNP_WRONG);
    assert(strcmp(error.at, "network.tcp") == 0);
    assert(msnp_client_new("\xff", seed, &machine, NULL) == MSNP_WRONG);
    /* Whatever fails, there is no machine, and the error is filled. */
    machine = (msnp_machine *)&error;
    assert(msnp_client_new(NULL, seed, &machine, &error) == MSNP_NULL && machine == NULL && strcmp(error.code, "Null") == 0);
    machine = (msnp_machine *)&error;
    assert(msnp_client_new("{}", NULL, &machine, &error) == MSNP_NULL && machine == NULL);
    assert(msnp_session_new(NULL, &machine, &error) == MSNP_NULL && machine == NULL);
    memset(&error, 'x', sizeof error);
    assert(msnp_client_new("{}", seed, NULL, &error) == MSNP_NULL && strlen(error.text) < sizeof error.text && error.at[0] == 0);
    /* Longer than there is room for. */
    char name[1000] = "{\"";
    memset(name + 2, 'x', 900);
    strcpy(name + 902, "\":1}");
    assert(msnp_client_new(name, seed, &machine, &error) == MSNP_WRONG);
    assert(strlen(error.at) < sizeof error.at && strlen(error.text) < sizeof error.text);

    msnp_order order;
    const char *json;
    assert(msnp_machine_poll_order(NULL, 0, &order) == MSNP_NULL);
    msnp_view data = { (const uint8_t *)"x", 1 };
    json = "x";
    assert(msnp_machine_poll_event(NULL, &json, &data) == MSNP_NULL && json == NULL && data.len == 0);
    assert(msnp_machine_call(NULL, "sign_in", NULL, 0, NULL, &error) == MSNP_NULL && strcmp(error.code, "Null") == 0);
    assert(msnp_session_send(NULL, (const uint8_t *)"x", 1, 0, NULL, &error) == MSNP_NULL);
    assert(msnp_machine_poll_timeout(NULL) == MSNP_NEVER);
    assert(msnp_machine_handle_failure(NULL, 1, false, 0) == MSNP_NULL);
    msnp_machine_free(NULL);

    assert(msnp_client_new("{\"service\":\"https://a\",\"login\":\"a@b\",\"password\":\"x\"}", seed, &machine, &error) == MSNP_OK);
    assert(msnp_machine_poll_order(machine, 0, NULL) == MSNP_NULL);
    assert(msnp_machine_poll_order(machine, 0, &order) == MSNP_NOTHING);
    const char *answer = "";
    assert(msnp_machine_call(machine, "dance", NULL, 0, &answer, &error) == MSNP_WRONG && answer == NULL);
    assert(strcmp(error.code, "NoSuchCall") == 0);
    assert(msnp_machine_call(machine, "send_text", "{\"to\":\"b@c\",\"text\":\"x\"}", 0, &answer, &error) == MSNP_REFUSED);
    assert(strcmp(error.code, "SignedOut") == 0 && strstr(answer, "not signed in") != NULL);
    assert(msnp_session_send(machine, (const uint8_t *)"PNG\r\n", 5, 0, NULL, &error) == MSNP_OTHER_MACHINE);
    assert(strcmp(error.code, "OtherMachine") == 0 && strcmp(error.text, msnp_status_text(MSNP_OTHER_MACHINE)) == 0);
    assert(msnp_machine_call(machine, NULL, NULL, 0, &answer, &error) == MSNP_NULL && answer == NULL && strcmp(error.code, "Null") == 0);
    /* What names nothing that is open does nothing. */
    assert(msnp_machine_handle_response(machine, 99, 200, NULL, 0, NULL, 0, 0) == MSNP_OK);
    assert(msnp_machine_handle_response(machine, 99, 7, "", 0, NULL, 0, 0) == MSNP_OK);
    assert(msnp_machine_handle_suspended(machine, 0) == MSNP_OK);
    assert(msnp_machine_call(machine, "is_signed_in", "", 0, &answer, NULL) == MSNP_OK && strcmp(answer, "false") == 0);
    msnp_machine_free(machine);
}

/* What answers the first request of a session, and whether that has opened it. */
static bool opens(const char *head) {
    msnp_machine *machine;
    msnp_order order;
    const char *json;
    assert(msnp_session_new("{\"gateway\":\"https://gw.example\",\"empty_open\":true}", &machine, NULL) == MSNP_OK);
    assert(msnp_machine_poll_order(machine, 0, &order) == MSNP_OK && order.kind == MSNP_ORDER_SEND);
    assert(strcmp(order.method, "POST") == 0 && order.body.len == 0 && order.header_count > 2);
    assert(msnp_machine_handle_response(machine, order.id, 200, head, strlen(head), NULL, 0, 0) == MSNP_OK);
    bool opened = msnp_machine_poll_event(machine, &json, NULL) == MSNP_OK && strstr(json, "\"Opened\"") != NULL;
    msnp_machine_free(machine);
    return opened;
}

static void heads(void) {
    assert(opens("X-MSN-Messenger: SessionID=1.2"));
    assert(opens("HTTP/1.1 200 OK\r\nx-msn-messenger:SessionID=1.2\r\n\r\n"));
    assert(opens("HTTP/1.1 200 OK\nX-MSN-Messenger: SessionID=1.2\n\nX-MSN-Messenger: Session=close\n"));
    assert(opens("HTTP/1.1 103 Early\r\nX-MSN-Messenger: x\r\n\r\nHTTP/1.1 200 OK\r\nno header\r\nX-MSN-Messenger: SessionID=1.2\r\n\r\n"));
    /* Cut in the head: libcurl takes that for a response. */
    assert(!opens("HTTP/1.1 200 OK\r\nX-MSN-Messenger: SessionID=1.2\r\n"));
    assert(!opens("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-MSN-Messenger: SessionID=1.2"));
}

static void frames(void) {
    assert(msnp_decoder_new(9) == NULL);
    msnp_decoder *decoder = msnp_decoder_new(MSNP_GRAMMAR_SERVER);
    msnp_frame frame;
    msnp_error error;
    const char *stream = "MSG a@b Al 2\r\nhi\r\nCHG 7 NLN 0\r\nQNG";
    /* Byte by byte, each out of memory of its own, so that a look beyond it would be seen. */
    int whole = 0, blank = 0;
    for (const char *at = stream; *at != 0; at++) {
        uint8_t *byte = malloc(1);
        *byte = (uint8_t)*at;
        assert(msnp_decoder_push(decoder, byte, 1) == MSNP_OK);
        free(byte);
        msnp_status status;
        while ((status = msnp_decoder_next(decoder, &frame, &error)) != MSNP_NOTHING) {
            if (status == MSNP_BAD_LINE) { blank++; assert(strcmp(error.code, "BlankLine") == 0 && strcmp(error.at, "16") == 0); continue; }
            assert(status == MSNP_OK && ++whole <= 2);
            if (whole == 1) assert(strcmp(frame.verb, "MSG") == 0 && frame.payload.len == 2 && memcmp(frame.payload.data, "hi", 2) == 0 && frame.transaction == -1);
            if (whole == 2) assert(frame.transaction == 7 && frame.line.len == 11 && frame.bytes.len == 13);
        }
    }
    assert(whole == 2 && blank == 1);
    assert(msnp_decoder_set_limits(decoder, 8, 8) == MSNP_OK);
    assert(msnp_decoder_push(decoder, (const uint8_t *)"xxxxxxxxxx", 10) == MSNP_OK);
    assert(msnp_decoder_next(decoder, &frame, &error) == MSNP_STREAM_LOST && strcmp(error.code, "LineTooLong") == 0);
    assert(msnp_decoder_push(decoder, NULL, 3) == MSNP_NULL);
    assert(msnp_decoder_next(decoder, NULL, NULL) == MSNP_NULL);
    assert(msnp_decoder_next(NULL, &frame, &error) == MSNP_NULL && strcmp(error.code, "Null") == 0);
    msnp_decoder_free(decoder);
    msnp_decoder_free(NULL);
}

static msnp_status call(struct driver *driver, const char *name, const char *fields, const char **answer) {
    msnp_error error;
    msnp_status status = msnp_machine_call(driver->machine, name, fields, driver_now(), answer, &error);
    if (status != MSNP_OK) fprintf(stderr, "%s: %s\n", name, error.text);
    return status;
}

/* Waits for the event with both words in it. */
static const char *wait_for(struct driver *driver, const char *event, const char *word, msnp_view *data) {
    uint64_t until = driver_now() + PATIENCE;
    for (;;) {
        const char *json = driver_next_event(driver, until, data);
        if (json == NULL) { fprintf(stderr, "%s has not come\n", event); abort(); }
        puts(json);
        if (strstr(json, event) != NULL && strstr(json, word) != NULL) return json;
        assert(strstr(json, "\"SignedOut\"") == NULL);
    }
}

static void a_client(CURLM *multi, const char *service) {
    uint8_t seed[32] = { 42 };
    char config[512];
    snprintf(config, sizeof config, "{\"service\":\"%s\",\"login\":\"alice@example.org\",\"password\":\"secret\"}", service);
    struct driver driver = { .multi = multi };
    assert(msnp_client_new(config, seed, &driver.machine, NULL) == MSNP_OK);
    assert(call(&driver, "sign_in", NULL, NULL) == MSNP_OK);
    wait_for(&driver, "\"SignedIn\"", "\"8:live:alice\"", NULL);
    const char *answer;
    assert(call(&driver, "send_text", "{\"to\":\"8:live:bob\",\"text\":\"grüße \\\"aus\\\" C\"}", &answer) == MSNP_OK);
    /* {"message":"…"}: the same name comes again with its fate. */
    char *sent = strdup(answer + 1);
    sent[strlen(sent) - 1] = 0;
    wait_for(&driver, "\"MessageReceived\"", "You said: grüße \\\"aus\\\" C", NULL);
    assert(strstr(sent, "\"message\":") == sent);
    free(sent);
    assert(call(&driver, "sign_out", NULL, NULL) == MSNP_OK);
    const char *over = driver_next_event(&driver, driver_now() + PATIENCE, NULL);
    while (over != NULL && strstr(over, "\"SignedOut\"") == NULL) over = driver_next_event(&driver, driver_now() + PATIENCE, NULL);
    assert(over != NULL && strstr(over, "\"code\":\"Requested\"") != NULL);
    driver_stop(&driver);
    msnp_machine_free(driver.machine);
}

/* A session alone, which says who it is to nobody: the gateway opens it, and the service asks for more. */
static void a_session(CURLM *multi, const char *service) {
    char config[512];
    snprintf(config, sizeof config, "{\"gateway\":\"%s\",\"user_agent\":\"talk\"}", service);
    struct driver driver = { .multi = multi };
    msnp_error error;
    assert(msnp_session_new(config, &driver.machine, &error) == MSNP_OK);
    uint64_t send = 99;
    assert(msnp_session_send(driver.machine, (const uint8_t *)"PNG 1 CON 2\r\n\r\n", 15, driver_now(), &send, &error) == MSNP_OK && send == 0);
    msnp_view data;
    wait_for(&driver, "\"Opened\"", "", &data);
    assert(data.len == 0);
    wait_for(&driver, "\"Received\"", "", &data);
    msnp_decoder *decoder = msnp_decoder_new(MSNP_GRAMMAR_MSNP24);
    msnp_frame frame;
    assert(msnp_decoder_push(decoder, data.data, data.len) == MSNP_OK);
    assert(msnp_decoder_next(decoder, &frame, &error) == MSNP_OK && frame.transaction == 1);
    printf("%s %lld\n", frame.verb, (long long)frame.transaction);
    msnp_decoder_free(decoder);
    assert(msnp_session_close_with(driver.machine, (const uint8_t *)"OUT 2 CON 2\r\n\r\n", 15, driver_now(), &send, &error) == MSNP_OK && send > 0);
    wait_for(&driver, "\"Closed\"", "", &data);
    assert(msnp_session_send(driver.machine, (const uint8_t *)"x", 1, driver_now(), &send, &error) == MSNP_REFUSED && strcmp(error.code, "Closed") == 0);
    driver_stop(&driver);
    msnp_machine_free(driver.machine);
}

/* In the middle of everything the program has enough. */
static void an_end_in_the_middle(CURLM *multi, const char *service) {
    uint8_t seed[32] = { 43 };
    char config[512];
    snprintf(config, sizeof config, "{\"service\":\"%s\",\"login\":\"alice@example.org\",\"password\":\"secret\"}", service);
    struct driver driver = { .multi = multi };
    assert(msnp_client_new(config, seed, &driver.machine, NULL) == MSNP_OK);
    assert(call(&driver, "sign_in", NULL, NULL) == MSNP_OK);
    wait_for(&driver, "\"SignInProgress\"", "\"Authenticating\"", NULL);
    assert(driver.open != NULL);
    driver_stop(&driver);
    msnp_machine_free(driver.machine);
}

static void *wakes(void *driver) {
    driver_wake(driver);
    return NULL;
}

/* A thread that waits for events is called back by another. */
static void a_thread_has_something_to_say(CURLM *multi) {
    struct driver driver = { .multi = multi };
    assert(msnp_session_new("{\"gateway\":\"http://127.0.0.1:9\"}", &driver.machine, NULL) == MSNP_OK);
    for (int round = 0; round < 2; round++) {
        pthread_t other;
        assert(pthread_create(&other, NULL, wakes, &driver) == 0);
        assert(driver_next_event(&driver, driver_now() + PATIENCE, NULL) == NULL);
        assert(pthread_join(other, NULL) == 0);
    }
    driver_stop(&driver);
    msnp_machine_free(driver.machine);
}

int main(int count, char **words) {
    assert(count == 2);
    versions();
    mistakes();
    heads();
    frames();
    CURLM *multi = curl_multi_init();
    a_client(multi, words[1]);
    a_session(multi, words[1]);
    an_end_in_the_middle(multi, words[1]);
    a_thread_has_something_to_say(multi);
    assert(curl_multi_cleanup(multi) == CURLM_OK);
    curl_global_cleanup();
    puts("talked");
    return 0;
}
