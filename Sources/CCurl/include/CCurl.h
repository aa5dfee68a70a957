#pragma once
#include <curl/curl.h>

// libcurl, loaded when it is first needed: loading it and the thirty libraries behind it takes longer than any other
// command's whole work, and `carrel stdio` alone has use for it. Call `carrel_curl_load` before anything else here.

// NULL when libcurl is loaded, else why it cannot be; from then on the same answer.
const char *carrel_curl_load(void);

CURL *carrel_curl_easy_init(void);
void carrel_curl_easy_cleanup(CURL *handle);
const char *carrel_curl_easy_strerror(CURLcode code);
struct curl_slist *carrel_curl_slist_append(struct curl_slist *list, const char *line);
void carrel_curl_slist_free_all(struct curl_slist *list);

CURLM *carrel_curl_multi_init(void);
CURLMcode carrel_curl_multi_cleanup(CURLM *multi);
CURLMcode carrel_curl_multi_add_handle(CURLM *multi, CURL *handle);
CURLMcode carrel_curl_multi_remove_handle(CURLM *multi, CURL *handle);
CURLMcode carrel_curl_multi_perform(CURLM *multi, int *running);
CURLMcode carrel_curl_multi_poll(CURLM *multi, struct curl_waitfd *files, unsigned int count, int timeout, int *ready);
CURLMsg *carrel_curl_multi_info_read(CURLM *multi, int *left);

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call: one typed door for each kind of argument.
CURLcode carrel_curl_set_long(CURL *handle, CURLoption option, long value);
CURLcode carrel_curl_set_string(CURL *handle, CURLoption option, const char *value);
CURLcode carrel_curl_set_pointer(CURL *handle, CURLoption option, void *value);
CURLcode carrel_curl_set_write(CURL *handle, curl_write_callback callback, void *context);
CURLcode carrel_curl_set_header(CURL *handle, curl_write_callback callback, void *context);
CURLcode carrel_curl_get_long(CURL *handle, CURLINFO info, long *value);
CURLcode carrel_curl_message_result(const CURLMsg *message);
