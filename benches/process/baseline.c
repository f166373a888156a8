/* The least API exchange that an honest client can make, as the peer that `ibdoc handshake`
 * is measured against: connect with zero linger, greet, start as client 7, read until the
 * managed accounts and the next valid id came, close. Usage: baseline PORT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char greeting[] = "API\0\0\0\0\x09v100..226";
static const unsigned char start_api[] = {0, 0, 0, 6, 0, 0, 1, 0x0F, 8, 7};

enum { MANAGED_ACCOUNTS = 215, NEXT_VALID_ID = 209, LONGEST = 4096 };

static unsigned char body[LONGEST + 1];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void read_exactly(int sock, void *into, size_t count) {
    for (size_t have = 0; have < count;) {
        ssize_t got = read(sock, (char *)into + have, count - have);
        if (got <= 0) fail("read");
        have += (size_t)got;
    }
}

static uint32_t number(const unsigned char *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return ntohl(value);
}

/* Reads one frame into `body` and ends it with a NUL. */
static void read_frame(int sock) {
    unsigned char length[4];
    read_exactly(sock, length, sizeof length);
    uint32_t count = number(length);
    if (count < 4 || count > LONGEST) fail("impossible length");
    read_exactly(sock, body, count);
    body[count] = 0;
}

int main(int argc, char **argv) {
    struct sockaddr_in gateway = {.sin_family = AF_INET};
    struct linger zero = {.l_onoff = 1, .l_linger = 0};
    int on = 1, missing = 2;

    if (argc != 2) return 2;
    gateway.sin_port = htons((uint16_t)atoi(argv[1]));
    gateway.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int sock = socket(AF_INET, SOCK_STREAM, 0);
    if (sock < 0) fail("socket");
    setsockopt(sock, SOL_SOCKET, SO_LINGER, &zero, sizeof zero);
    setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(sock, (struct sockaddr *)&gateway, sizeof gateway) != 0) fail("connect");
    if (write(sock, greeting, sizeof greeting - 1) < 0) fail("write");
    read_frame(sock);
    if (atoi((char *)body) != 226) fail("version");
    if (write(sock, start_api, sizeof start_api) < 0) fail("write");
    while (missing > 0) {
        read_frame(sock);
        uint32_t id = number(body);
        missing -= id == MANAGED_ACCOUNTS || id == NEXT_VALID_ID;
    }
    close(sock);
    return 0;
}
