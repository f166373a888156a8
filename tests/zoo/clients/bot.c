#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int count, char **words) {
    char new[4096];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(words[1]))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int kept = socket(AF_INET, SOCK_STREAM, 0);
    if (count < 3 || connect(kept, (struct sockaddr *)&to, sizeof to)) return 1;
    snprintf(new, sizeof new, "%s.new", words[2]);
    FILE *said = fopen(new, "w");
    fprintf(said, "%d", getpid());
    fclose(said);
    rename(new, words[2]);
    for (;;) pause();
}
