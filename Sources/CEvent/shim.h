#pragma once
/* First: libevent's event-config.h defines _GNU_SOURCE, which would give this module another fd_set than Swift's own
   Glibc module has, and debug builds would fail with "not present in definition of 'fd_set'". */
#include <features.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <event2/event.h>

#ifndef __USE_GNU
int accept4(int, struct sockaddr *, socklen_t *, int);
#endif
/* accept4 is a GNU extension that Swift's Glibc module does not import. */
static inline int carrel_accept(int listener, void *address, socklen_t *length) {
    return accept4(listener, (struct sockaddr *)address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
