#include "CCurl.h"

#include <dlfcn.h>
#include <pthread.h>

// The functions in use, each under its own name. The parentheses keep curl's type-checking macros away.
#define FUNCTIONS(each) \
    each(easy_init) each(easy_cleanup) each(easy_strerror) each(slist_append) each(slist_free_all) each(multi_init) \
        each(multi_cleanup) each(multi_add_handle) each(multi_remove_handle) each(multi_perform) each(multi_poll) \
            each(multi_info_read) each(easy_setopt) each(easy_getinfo)

#define MEMBER(name) __typeof__(&(curl_##name)) name;
static struct {
    FUNCTIONS(MEMBER)
} curl;

static const char *failure;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    void *library = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL);
    if (!library) {
        failure = dlerror();
        if (!failure) failure = "libcurl.so.4 cannot be loaded";
        return;
    }
#define FIND(name) \
    if (!(*(void **)&curl.name = dlsym(library, "curl_" #name))) failure = "libcurl.so.4 lacks curl_" #name;
    FUNCTIONS(FIND)
}

const char *carrel_curl_load(void) {
    pthread_once(&once, load);
    return failure;
}

CURL *carrel_curl_easy_init(void) { return curl.easy_init(); }
void carrel_curl_easy_cleanup(CURL *handle) { curl.easy_cleanup(handle); }
const char *carrel_curl_easy_strerror(CURLcode code) { return curl.easy_strerror(code); }
struct curl_slist *carrel_curl_slist_append(struct curl_slist *list, const char *line) {
    return curl.slist_append(list, line);
}
void carrel_curl_slist_free_all(struct curl_slist *list) { curl.slist_free_all(list); }
CURLM *carrel_curl_multi_init(void) { return curl.multi_init(); }
CURLMcode carrel_curl_multi_cleanup(CURLM *multi) { return curl.multi_cleanup(multi); }
CURLMcode carrel_curl_multi_add_handle(CURLM *multi, CURL *handle) { return curl.multi_add_handle(multi, handle); }
CURLMcode carrel_curl_multi_remove_handle(CURLM *multi, CURL *handle) {
    return curl.multi_remove_handle(multi, handle);
}
CURLMcode carrel_curl_multi_perform(CURLM *multi, int *running) { return curl.multi_perform(multi, running); }
CURLMcode carrel_curl_multi_poll(CURLM *multi, struct curl_waitfd *files, unsigned int count, int timeout, int *ready) {
    return curl.multi_poll(multi, files, count, timeout, ready);
}
CURLMsg *carrel_curl_multi_info_read(CURLM *multi, int *left) { return curl.multi_info_read(multi, left); }

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
CURLcode carrel_curl_message_result(const CURLMsg *message) { return message->data.result; }
