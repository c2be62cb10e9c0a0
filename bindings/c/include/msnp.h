/*
 * MSN Messenger's protocol for C: a client, a gateway session, a frame decoder.
 *
 * Nothing here does I/O, reads a clock, starts a thread or calls back. A machine says what is to be done, the program does it
 * with an HTTP library of its own and tells what came of it. The loop, which curl/driver.c has for libcurl:
 *
 *     while (msnp_machine_poll_order(machine, now, &order) == MSNP_OK)   send requests, drop those that are cancelled
 *     if (msnp_machine_poll_event(machine, &json, NULL) == MSNP_OK)      the application's turn; then from the top
 *     wait until a request ends, or until msnp_machine_poll_timeout(machine)
 *     msnp_machine_handle_response / _handle_failure
 *
 * Duties of whoever sends requests: all orders at once, each on a connection of its own if others are busy; no redirect followed, no
 * request sent twice, no cookie kept (but see host_cookies), no header or body added, no packed answer asked for; the whole body, up to a
 * bound; a request that was cancelled is dropped with its connection. What certainly did not leave this host is not "sent".
 *
 * Time: nanoseconds since a start that the program chooses, on a clock that never goes back and counts sleep if it can
 * (CLOCK_BOOTTIME). One start for all machines of a process.
 *
 * Memory: what a function shows belongs to the library and stays until the next call of the same function on the same object, or until
 * that is freed. What the program hands in is copied.
 *
 * Threads: different objects have nothing to do with each other. One object may be used by any thread, by one at a time.
 *
 * Texts are UTF-8 with a zero at their end. Configurations, fields, answers and events are JSON; what stands in them is the same for every
 * language, and said in the guide of msnp-mapping.
 */
#ifndef MSNP_H
#define MSNP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Counts up whenever programs that were built before can no longer run with what comes after. */
#define MSNP_ABI_VERSION 1

/* What msnp_machine_poll_timeout says when there is nothing to wait for. */
#define MSNP_NEVER UINT64_MAX

/* What became of a call. */
typedef enum msnp_status {
    MSNP_OK = 0,            /* it was done */
    MSNP_NOTHING = 1,       /* there is none: no order, no event, no whole frame */
    MSNP_NULL = 2,          /* a pointer is null that must not be */
    MSNP_WRONG = 3,         /* what was said cannot be understood; nothing has happened */
    MSNP_REFUSED = 4,       /* the machine refuses; nothing has happened */
    MSNP_OTHER_MACHINE = 5, /* the call is not one of this kind of machine */
    MSNP_BAD_LINE = 6,      /* a line of the stream is wrong; the decoder stands behind it */
    MSNP_STREAM_LOST = 7,   /* the stream cannot be followed any further */
    MSNP_PANICKED = 8       /* a fault of the library; the object answers nothing else from now on */
} msnp_status;

/* What went wrong, in the program's own memory. Filled whenever the answer is neither MSNP_OK nor MSNP_NOTHING; every function that fills one
 * takes NULL too. */
typedef struct msnp_error {
    char code[32];  /* for programs: "NoSuchField", "SignedOut"; of MSNP_NULL and the like "Null" */
    char at[96];    /* where: "limits.text", a byte of the stream; may be empty */
    char text[256]; /* for people */
} msnp_error;

/* Bytes that belong to the library. */
typedef struct msnp_view {
    const uint8_t *data;
    size_t len;
} msnp_view;

/* The ABI of the library that runs; compare it with MSNP_ABI_VERSION. */
uint32_t msnp_abi_version(void);
/* Its version, "0.1.0". */
const char *msnp_version(void);
/* A status in words. */
const char *msnp_status_text(int32_t status);

/* ---- machines ---- */

/* A client or a gateway session. */
typedef struct msnp_machine msnp_machine;

/* A whole client, signed out. The seed is 32 bytes of true randomness (getrandom, getentropy). Whatever fails, machine is NULL then. */
msnp_status msnp_client_new(const char *config, const uint8_t *seed, msnp_machine **machine, msnp_error *error);
/* A gateway session, not yet opened. As above. */
msnp_status msnp_session_new(const char *config, msnp_machine **machine, msnp_error *error);
/* Frees it with whatever it has open; NULL is fine. */
void msnp_machine_free(msnp_machine *machine);

/* Has it do something, or asks what it knows: call "send_text" with fields {"to": "bob@example.org", "text": "hi"}. The answer is JSON;
 * fields and answer may be NULL. MSNP_REFUSED comes with an answer too: {"refused": "not signed in", "code": "SignedOut"}. */
msnp_status msnp_machine_call(msnp_machine *machine, const char *name, const char *fields, uint64_t now, const char **answer, msnp_error *error);

/* Queues one or more whole frames; their fate is told by the number that is put into send. Sessions only. */
msnp_status msnp_session_send(msnp_machine *machine, const uint8_t *data, size_t len, uint64_t now, uint64_t *send, msnp_error *error);
/* Says the last words, and ends the session once they are answered. Sessions only. */
msnp_status msnp_session_close_with(msnp_machine *machine, const uint8_t *data, size_t len, uint64_t now, uint64_t *send, msnp_error *error);

typedef enum msnp_order_kind {
    MSNP_ORDER_SEND = 1,  /* send this request, at once */
    MSNP_ORDER_CANCEL = 2 /* drop the request of this id and its connection, and tell nothing about it */
} msnp_order_kind;

/* Something to do. */
typedef struct msnp_order {
    msnp_order_kind kind;
    uint64_t id;                /* give it back with the outcome */
    const char *method;         /* "POST"; the rest is of requests only */
    const char *uri;            /* absolute */
    const char *const *headers; /* "name: value", all that there are but Host */
    size_t header_count;
    msnp_view body;
    bool host_cookies;          /* let the cookies go along that the program itself keeps for this address, if it keeps any */
} msnp_order;

/* The next thing to do; MSNP_NOTHING if there is none for now. Also lets time pass. */
msnp_status msnp_machine_poll_order(msnp_machine *machine, uint64_t now, msnp_order *order);

/* A whole response has arrived. The head is its header lines as they came ("Name: value", each with its line end), status lines
 * and interim responses too if that is easier: then the blank line at its end as well, since a head that has none was cut, and counts as a
 * failure. */
msnp_status msnp_machine_handle_response(msnp_machine *machine, uint64_t id, uint16_t status, const char *head, size_t head_len, const uint8_t *body, size_t body_len, uint64_t now);
/* A request has ended without a whole response. sent: false only if certainly no byte of it left this host. */
msnp_status msnp_machine_handle_failure(msnp_machine *machine, uint64_t id, bool sent, uint64_t now);
/* The host was asleep, and its clock did not count it: connections that look open are probably dead. */
msnp_status msnp_machine_handle_suspended(msnp_machine *machine, uint64_t now);

/* When to call msnp_machine_poll_order again at the latest, on the same clock; MSNP_NEVER. */
uint64_t msnp_machine_poll_timeout(msnp_machine *machine);

/* The next event, {"event": "SignedIn", …}, and the bytes beside it (of Received; else none). Either may be NULL. Where there
 * is none, they show NULL and no bytes. After one was taken there may be orders again. */
msnp_status msnp_machine_poll_event(msnp_machine *machine, const char **json, msnp_view *data);

/* ---- frames ---- */

/* Cuts the byte stream of one side into frames. */
typedef struct msnp_decoder msnp_decoder;

typedef enum msnp_grammar {
    MSNP_GRAMMAR_MSNP24 = 1, /* MSNP24, whoever writes */
    MSNP_GRAMMAR_CLIENT = 2, /* MSNP2 to MSNP22, what a client writes */
    MSNP_GRAMMAR_SERVER = 3  /* MSNP2 to MSNP22, what a server writes */
} msnp_grammar;

/* One frame: a line, and the payload that it announces. */
typedef struct msnp_frame {
    char verb[4];        /* "MSG" */
    msnp_view bytes;     /* all of it */
    msnp_view line;      /* without its line end */
    msnp_view payload;   /* may be empty */
    int64_t transaction; /* the transaction id; -1 if there is none */
} msnp_frame;

/* NULL for a grammar that there is not. */
msnp_decoder *msnp_decoder_new(int32_t grammar);
/* NULL is fine. */
void msnp_decoder_free(msnp_decoder *decoder);
/* Bytes of a line (8 KiB unless told otherwise) and of a payload (1 MiB), above which the stream is lost. */
msnp_status msnp_decoder_set_limits(msnp_decoder *decoder, uint32_t line, uint32_t payload);
/* The next bytes of the stream. Take all frames before the next, and it holds no more than one that is not whole. */
msnp_status msnp_decoder_push(msnp_decoder *decoder, const uint8_t *data, size_t len);
/* The next whole frame; MSNP_NOTHING until there is more. After MSNP_BAD_LINE go on, after MSNP_STREAM_LOST there is no use. */
msnp_status msnp_decoder_next(msnp_decoder *decoder, msnp_frame *frame, msnp_error *error);

#ifdef __cplusplus
}
#endif

#endif
