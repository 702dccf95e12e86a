/* Opens many WebSockets to one server on this machine, and measures how its events reach them.
 *
 *   load PORT PATH READY HEADERS MESSAGE
 *
 * READY says when a connection counts as open: "101" (at the handshake), "frame" (at the first text frame) or
 * "socketio" (speak that protocol). HEADERS is a file with one header line for each connection, taken in turn.
 * MESSAGE is a file with the text that is sent; @NS@ in it becomes the time of sending in nanoseconds. The server has
 * to broadcast it so that the number after "sent_ns": stays in the text.
 *
 * One command a line on stdin, and one line of JSON on stdout for each:
 *
 *   connect N          open N more connections
 *   quiet              wait until nothing has come for 100 ms
 *   window W SECONDS   the first connection sends, with at most W events on their way
 *   rate R SECONDS     it sends R events a second, whatever comes back
 *   stall N            the N newest connections stop reading
 *   resume             they read again, until they are closed or nothing comes
 *
 * Between commands it goes on reading.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define SCRATCH_BYTES (4 << 20)
#define READ_BYTES (256 << 10)
#define MAX_CONNECTING 32
#define BUCKET_NS 10000LL
#define BUCKETS 1000000
#define NO_PROGRESS (5 * SECOND)

enum state { HANDSHAKE, GREETING, OPEN, CLOSED };
enum ready { READY_AT_101, READY_AT_FRAME, READY_SOCKETIO };

struct connection {
    int fd;
    enum state state;
    int is_stalled;
    int close_code;
    char *rest; /* the beginning of a frame that has not come whole */
    size_t rest_length;
};

static struct connection *connections;
static int count, opened, closed, stalled;
static int port, epoll;
static enum ready ready;
static const char *path;
static char **headers, *message;
static int header_count;

static char *scratch;
static char *outgoing; /* what the sender has yet to write */
static size_t outgoing_length, outgoing_room;

static int64_t delivered, frames, bytes, last_delivery, last_bytes;
static int is_measuring;
static uint32_t histogram[BUCKETS];
static int64_t slowest;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static double own_cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static char *read_file(const char *name) {
    FILE *file = fopen(name, "r");
    if (!file) die(name);
    char *text = calloc(1, 4 << 20);
    size_t length = fread(text, 1, (4 << 20) - 1, file);
    text[length] = 0;
    fclose(file);
    return text;
}

/* -- Frames ---------------------------------------------------------------------------------------------------- */

static void watch(struct connection *c, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (epoll_ctl(epoll, operation, c->fd, &event)) die("epoll");
}

static void end(struct connection *c, int code) {
    if (c->state == CLOSED) return;
    if (c->state == OPEN) opened--;
    if (!c->close_code) c->close_code = code;
    c->state = CLOSED;
    closed++;
    close(c->fd);
    free(c->rest);
    c->rest = NULL;
    c->rest_length = 0;
}

/* Small and rare: answers to pings, and handshakes. Events go through send_event. */
static void write_now(struct connection *c, const char *data, size_t length) {
    while (length) {
        ssize_t wrote = write(c->fd, data, length);
        if (wrote < 0 && errno == EAGAIN) {
            usleep(100);
            continue;
        }
        if (wrote < 0) {
            end(c, -1);
            return;
        }
        data += wrote;
        length -= wrote;
    }
}

/* A frame masked with zeros, which leaves the payload as it is. Returns its length. */
static size_t make_frame(char *frame, int opcode, const char *payload, size_t length) {
    size_t header = 2;
    frame[0] = (char)(0x80 | opcode);
    if (length < 126) {
        frame[1] = (char)(0x80 | length);
    } else {
        if (length > 65535) die("the message is too long");
        frame[1] = (char)(0x80 | 126);
        frame[2] = (char)(length >> 8);
        frame[3] = (char)length;
        header = 4;
    }
    memset(frame + header, 0, 4);
    memcpy(frame + header + 4, payload, length);
    return header + 4 + length;
}

static void answer(struct connection *c, int opcode, const char *payload, size_t length) {
    char frame[200];
    if (length <= 125) write_now(c, frame, make_frame(frame, opcode, payload, length));
}

static void open_up(struct connection *c) {
    c->state = OPEN;
    opened++;
}

static void count_events(const char *text, size_t length) {
    static const char marker[] = "\"sent_ns\":";
    const char *end_of_text = text + length, *at = text;
    int64_t arrived = now();
    frames++;
    bytes += (int64_t)length;
    while ((at = memmem(at, (size_t)(end_of_text - at), marker, sizeof marker - 1))) {
        at += sizeof marker - 1;
        while (at < end_of_text && *at == ' ') at++;
        int64_t sent = 0;
        while (at < end_of_text && *at >= '0' && *at <= '9') sent = sent * 10 + (*at++ - '0');
        delivered++;
        last_delivery = arrived;
        if (!is_measuring) continue;
        int64_t took = arrived - sent, bucket = took / BUCKET_NS;
        if (took > slowest) slowest = took;
        histogram[bucket < 0 ? 0 : bucket >= BUCKETS ? BUCKETS - 1 : bucket]++;
    }
}

static void take_text(struct connection *c, const char *text, size_t length) {
    if (ready == READY_SOCKETIO && length) {
        if (text[0] == '2') {
            answer(c, 1, "3", 1);
            return;
        }
        if (text[0] == '0') {
            answer(c, 1, "40", 2);
            return;
        }
        if (length > 1 && text[0] == '4' && text[1] == '0') {
            if (c->state == GREETING) open_up(c);
            return;
        }
    }
    if (c->state == GREETING) {
        open_up(c);
        return;
    }
    count_events(text, length);
}

static void take_frame(struct connection *c, int opcode, const char *payload, size_t length) {
    if (opcode == 9) answer(c, 10, payload, length);
    if (opcode == 8) end(c, length >= 2 ? ((unsigned char)payload[0] << 8 | (unsigned char)payload[1]) : 1005);
    if (opcode == 1) take_text(c, payload, length);
}

/* Takes every whole frame; returns how many bytes they had. */
static size_t take_frames(struct connection *c, const char *data, size_t length) {
    size_t at = 0;
    while (length - at >= 2 && c->state != CLOSED) {
        const unsigned char *frame = (const unsigned char *)data + at;
        size_t payload = frame[1] & 127, header = 2;
        if (payload == 126) {
            if (length - at < 4) break;
            payload = (size_t)frame[2] << 8 | frame[3];
            header = 4;
        } else if (payload == 127) {
            if (length - at < 10) break;
            payload = 0;
            for (int i = 2; i < 10; i++) payload = payload << 8 | frame[i];
            header = 10;
        }
        if (length - at < header + payload) break;
        take_frame(c, frame[0] & 15, data + at + header, payload);
        at += header + payload;
    }
    return at;
}

static size_t take_handshake(struct connection *c, const char *data, size_t length) {
    const char *blank = memmem(data, length, "\r\n\r\n", 4);
    if (!blank) return 0;
    if (strncmp(data, "HTTP/1.1 101", 12)) {
        fprintf(stderr, "load: no WebSocket: %.*s\n", length > 300 ? 300 : (int)length, data);
        exit(1);
    }
    c->state = GREETING;
    if (ready == READY_AT_101) open_up(c);
    return (size_t)(blank + 4 - data);
}

static void read_from(struct connection *c) {
    size_t length = c->rest_length;
    if (length + READ_BYTES > SCRATCH_BYTES) die("a frame is too long");
    if (length) memcpy(scratch, c->rest, length);
    ssize_t got = read(c->fd, scratch + length, READ_BYTES);
    if (got <= 0) {
        if (got == 0 || (errno != EAGAIN && errno != EINTR)) end(c, 1006);
        return;
    }
    length += (size_t)got;
    last_bytes = now();
    size_t taken = c->state == HANDSHAKE ? take_handshake(c, scratch, length) : 0;
    if (c->state != HANDSHAKE) taken += take_frames(c, scratch + taken, length - taken);
    if (c->state == CLOSED) return;
    c->rest_length = length - taken;
    free(c->rest);
    c->rest = NULL;
    if (c->rest_length) {
        c->rest = malloc(c->rest_length);
        memcpy(c->rest, scratch + taken, c->rest_length);
    }
}

/* Returns whether a command waits on stdin. */
static int poll_once(int timeout_ms) {
    struct epoll_event events[512];
    int command = 0, found = epoll_wait(epoll, events, 512, timeout_ms);
    for (int i = 0; i < found; i++) {
        struct connection *c = events[i].data.ptr;
        if (!c)
            command = 1;
        else if (c->state != CLOSED && !c->is_stalled)
            read_from(c);
    }
    return command;
}

/* -- Commands -------------------------------------------------------------------------------------------------- */

static void open_one(struct connection *c, int number) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    char request[2000];
    int yes = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0) die("socket");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address)) die("connect");
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    const char *header = header_count ? headers[number % header_count] : "";
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nOrigin: http://127.0.0.1:%d\r\n"
                          "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s\r\n",
                          path, port, port, header, *header ? "\r\n" : "");
    c->state = HANDSHAKE;
    watch(c, EPOLL_CTL_ADD, EPOLLIN);
    write_now(c, request, (size_t)length);
}

static void run_connect(int more) {
    int64_t begin = now();
    int wanted = opened + more, first = count;
    /* The array must not move: epoll holds pointers into it. */
    for (; count < first + more; count++) {
        open_one(&connections[count], count);
        while (count + 1 - opened - closed >= MAX_CONNECTING && now() - begin < 120 * SECOND) poll_once(10);
    }
    while (opened < wanted && closed == 0 && now() - begin < 120 * SECOND) poll_once(10);
    printf("{\"open\": %d, \"closed\": %d, \"seconds\": %.4f}\n", opened, closed, (now() - begin) / 1e9);
}

static void run_quiet(void) {
    int64_t begin = now();
    last_bytes = begin;
    while (now() - last_bytes < SECOND / 10 && now() - begin < 60 * SECOND) poll_once(50);
    printf("{\"seconds\": %.4f}\n", (now() - begin) / 1e9);
}

static void flush_outgoing(void) {
    ssize_t wrote;
    if (!outgoing_length || connections[0].state == CLOSED) return;
    wrote = write(connections[0].fd, outgoing, outgoing_length);
    if (wrote > 0) {
        outgoing_length -= (size_t)wrote;
        memmove(outgoing, outgoing + wrote, outgoing_length);
    }
}

static void send_event(int64_t at) {
    static char text[70000], frame[70100];
    char *mark = strstr(message, "@NS@");
    if (!mark) die("the message has no @NS@");
    int length = snprintf(text, sizeof text, "%.*s%lld%s", (int)(mark - message), message, (long long)at, mark + 4);
    size_t size = make_frame(frame, 1, text, (size_t)length);
    if (outgoing_length + size > outgoing_room) {
        outgoing_room = (outgoing_length + size) * 2;
        outgoing = realloc(outgoing, outgoing_room);
    }
    memcpy(outgoing + outgoing_length, frame, size);
    outgoing_length += size;
    flush_outgoing();
}

static double percentile(double share) {
    int64_t total = 0, seen = 0;
    for (int i = 0; i < BUCKETS; i++) total += histogram[i];
    for (int i = 0; i < BUCKETS; i++) {
        seen += histogram[i];
        if (total && seen >= share * total) return (i + 0.5) * BUCKET_NS / 1e6;
    }
    return 0;
}

/* Exactly one of rate and window is set. */
static void run_events(double rate, int64_t window, double seconds) {
    int64_t live = opened - stalled, sent = 0, written_off = 0, before_closed = closed;
    double cpu = own_cpu();
    memset(histogram, 0, sizeof histogram);
    delivered = frames = bytes = slowest = 0;
    is_measuring = 1;
    int64_t begin = now(), stop = begin + (int64_t)(seconds * 1e9);
    last_delivery = begin;
    for (int64_t t = begin; t < stop; t = now()) {
        int timeout_ms = 5;
        flush_outgoing();
        if (rate > 0) {
            /* Stamped with the time it was due, so that a late sender hides no delay. */
            int64_t due = begin + (int64_t)(sent / rate * 1e9);
            for (; due <= t; due = begin + (int64_t)(sent / rate * 1e9)) {
                send_event(due);
                sent++;
            }
            timeout_ms = (int)((due - now()) / 1000000);
        } else {
            for (; sent * live - delivered - written_off <= (window - 1) * live; sent++) send_event(now());
            if (now() - last_delivery > NO_PROGRESS) {
                written_off = sent * live - delivered;
                last_delivery = now();
            }
        }
        poll_once(timeout_ms < 0 ? 0 : timeout_ms > 5 ? 5 : timeout_ms);
    }
    for (int64_t drain = now(), heard = drain; delivered + written_off < sent * live && now() - heard < NO_PROGRESS;) {
        flush_outgoing();
        poll_once(5);
        heard = last_delivery > drain ? last_delivery : drain;
    }
    is_measuring = 0;
    printf("{\"connections\": %lld, \"sent\": %lld, \"deliveries\": %lld, \"lost\": %lld, \"frames\": %lld, "
           "\"bytes\": %lld, \"seconds\": %.6f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f, "
           "\"closed\": %lld, \"client_cpu\": %.6f}\n",
           (long long)live, (long long)sent, (long long)delivered, (long long)(sent * live - delivered),
           (long long)frames, (long long)bytes, (last_delivery - begin) / 1e9, percentile(0.5), percentile(0.99),
           slowest / 1e6, (long long)(closed - before_closed), own_cpu() - cpu);
}

static void run_stall(int newest) {
    for (int i = count - newest; i < count; i++) {
        connections[i].is_stalled = 1;
        epoll_ctl(epoll, EPOLL_CTL_DEL, connections[i].fd, NULL);
    }
    stalled = newest;
    printf("{\"stalled\": %d}\n", newest);
}

static void run_resume(void) {
    int64_t begin = now();
    int first = 1;
    for (int i = count - stalled; i < count; i++) {
        connections[i].is_stalled = 0;
        watch(&connections[i], EPOLL_CTL_ADD, EPOLLIN);
    }
    last_bytes = begin;
    while (now() - last_bytes < SECOND && now() - begin < 20 * SECOND) poll_once(50);
    printf("{\"codes\": [");
    for (int i = count - stalled; i < count; i++, first = 0) {
        printf("%s%d", first ? "" : ", ", connections[i].state == CLOSED ? connections[i].close_code : 0);
    }
    printf("]}\n");
    stalled = 0;
}

static void run(const char *command) {
    double number = 0, seconds = 0;
    if (sscanf(command, "connect %lf", &number) == 1)
        run_connect((int)number);
    else if (!strncmp(command, "quiet", 5))
        run_quiet();
    else if (sscanf(command, "window %lf %lf", &number, &seconds) == 2)
        run_events(0, (int64_t)number, seconds);
    else if (sscanf(command, "rate %lf %lf", &number, &seconds) == 2)
        run_events(number, 0, seconds);
    else if (sscanf(command, "stall %lf", &number) == 1)
        run_stall((int)number);
    else if (!strncmp(command, "resume", 6))
        run_resume();
    else
        die("no such command");
    fflush(stdout);
}

int main(int argument_count, char **arguments) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    char command[200];
    if (argument_count != 6) die("usage: load PORT PATH READY HEADERS MESSAGE");
    port = atoi(arguments[1]);
    path = arguments[2];
    ready = !strcmp(arguments[3], "101")     ? READY_AT_101
            : !strcmp(arguments[3], "frame") ? READY_AT_FRAME
                                             : READY_SOCKETIO;
    headers = calloc(100000, sizeof *headers);
    for (char *lines = strtok(read_file(arguments[4]), "\f"); lines; lines = strtok(NULL, "\f")) {
        headers[header_count++] = lines;
    }
    message = read_file(arguments[5]);
    connections = calloc(100000, sizeof *connections);
    scratch = malloc(SCRATCH_BYTES);
    epoll = epoll_create1(0);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &event)) die("epoll");
    setvbuf(stdin, NULL, _IONBF, 0); /* what is buffered, epoll would not tell of */
    for (;;) {
        if (!poll_once(1000)) continue;
        if (!fgets(command, sizeof command, stdin)) return 0;
        run(command);
    }
}
