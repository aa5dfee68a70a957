#include "CCurl.h"

#include <dlfcn.h>
#include <stddef.h>

// A macro of libcurl checks the types of arguments at compile time and would call the function by name.
#undef curl_easy_setopt
#undef curl_easy_getinfo

static struct {
    __typeof__(&curl_easy_init) easy_init;
    __typeof__(&curl_easy_cleanup) easy_cleanup;
    __typeof__(&curl_easy_strerror) easy_strerror;
    __typeof__(&curl_easy_setopt) easy_setopt;
    __typeof__(&curl_easy_getinfo) easy_getinfo;
    __typeof__(&curl_easy_perform) easy_perform;
    __typeof__(&curl_slist_append) slist_append;
    __typeof__(&curl_slist_free_all) slist_free_all;
    __typeof__(&curl_multi_init) multi_init;
    __typeof__(&curl_multi_cleanup) multi_cleanup;
    __typeof__(&curl_multi_add_handle) multi_add_handle;
    __typeof__(&curl_multi_remove_handle) multi_remove_handle;
    __typeof__(&curl_multi_perform) multi_perform;
    __typeof__(&curl_multi_poll) multi_poll;
    __typeof__(&curl_multi_info_read) multi_info_read;
} curl;

#define FIND(name) \
    if ((curl.name = (__typeof__(curl.name))dlsym(library, "curl_" #name)) == NULL) return dlerror()

const char *carrel_curl_load(void) {
    // The version of the interface, which has not changed since 2006.
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return dlerror();
    FIND(easy_init);
    FIND(easy_cleanup);
    FIND(easy_strerror);
    FIND(easy_setopt);
    FIND(easy_getinfo);
    FIND(easy_perform);
    FIND(slist_append);
    FIND(slist_free_all);
    FIND(multi_init);
    FIND(multi_cleanup);
    FIND(multi_add_handle);
    FIND(multi_remove_handle);
    FIND(multi_perform);
    FIND(multi_poll);
    FIND(multi_info_read);
    return NULL;
}

CURL *carrel_curl_easy_init(void) { return curl.easy_init(); }
void carrel_curl_easy_cleanup(CURL *handle) { curl.easy_cleanup(handle); }
CURLcode carrel_curl_easy_perform(CURL *handle) { return curl.easy_perform(handle); }
const char *carrel_curl_easy_strerror(CURLcode code) { return curl.easy_strerror(code); }

CURLcode carrel_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl.easy_setopt(handle, option, value);
}
CURLcode carrel_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl.easy_setopt(handle, option, value);
}
CURLcode carrel_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl.easy_setopt(handle, option, value);
}
CURLcode carrel_curl_set_write(CURL *handle, curl_write_callback callback, void *context) {
    CURLcode code = curl.easy_setopt(handle, CURLOPT_WRITEFUNCTION, callback);
    return code != CURLE_OK ? code : curl.easy_setopt(handle, CURLOPT_WRITEDATA, context);
}
CURLcode carrel_curl_set_header(CURL *handle, curl_write_callback callback, void *context) {
    CURLcode code = curl.easy_setopt(handle, CURLOPT_HEADERFUNCTION, callback);
    return code != CURLE_OK ? code : curl.easy_setopt(handle, CURLOPT_HEADERDATA, context);
}
CURLcode carrel_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl.easy_getinfo(handle, info, value);
}

struct curl_slist *carrel_curl_slist_append(struct curl_slist *list, const char *line) {
    return curl.slist_append(list, line);
}
void carrel_curl_slist_free_all(struct curl_slist *list) { curl.slist_free_all(list); }

CURLM *carrel_curl_multi_init(void) { return curl.multi_init(); }
void carrel_curl_multi_cleanup(CURLM *multi) { curl.multi_cleanup(multi); }
CURLMcode carrel_curl_multi_add_handle(CURLM *multi, CURL *handle) { return curl.multi_add_handle(multi, handle); }
CURLMcode carrel_curl_multi_remove_handle(CURLM *multi, CURL *handle) {
    return curl.multi_remove_handle(multi, handle);
}
CURLMcode carrel_curl_multi_perform(CURLM *multi, int *running) { return curl.multi_perform(multi, running); }
CURLMcode carrel_curl_multi_poll(CURLM *multi, struct curl_waitfd *others, unsigned int count, int milliseconds) {
    return curl.multi_poll(multi, others, count, milliseconds, NULL);
}
CURL *carrel_curl_multi_next_done(CURLM *multi, CURLcode *result) {
    int left;
    CURLMsg *message;
    while ((message = curl.multi_info_read(multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE) continue;
        *result = message->data.result;
        return message->easy_handle;
    }
    return NULL;
}
