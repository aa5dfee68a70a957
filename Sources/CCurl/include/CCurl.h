#pragma once
#include <curl/curl.h>

/// libcurl for the one command that calls other machines, and for a server that was told of an identity provider. It is
/// loaded when one of them needs it and not before: with the thirty libraries behind it, loading takes longer than a
/// search.
///
/// The functions below are libcurl's own of the same names; those that are variadic there, which Swift cannot call,
/// have one typed door for each kind of argument. None may be called before carrel_curl_load has returned NULL.

/// Loads the library; NULL, or the loader's complaint. Not for two threads at once.
const char *carrel_curl_load(void);

CURL *carrel_curl_easy_init(void);
void carrel_curl_easy_cleanup(CURL *handle);
/// The whole transfer; blocks.
CURLcode carrel_curl_easy_perform(CURL *handle);
const char *carrel_curl_easy_strerror(CURLcode code);
CURLcode carrel_curl_set_long(CURL *handle, CURLoption option, long value);
CURLcode carrel_curl_set_string(CURL *handle, CURLoption option, const char *value);
CURLcode carrel_curl_set_pointer(CURL *handle, CURLoption option, void *value);
/// The receiver of the answer's body.
CURLcode carrel_curl_set_write(CURL *handle, curl_write_callback callback, void *context);
/// The receiver of the answer's header lines.
CURLcode carrel_curl_set_header(CURL *handle, curl_write_callback callback, void *context);
CURLcode carrel_curl_get_long(CURL *handle, CURLINFO info, long *value);

struct curl_slist *carrel_curl_slist_append(struct curl_slist *list, const char *line);
void carrel_curl_slist_free_all(struct curl_slist *list);

CURLM *carrel_curl_multi_init(void);
void carrel_curl_multi_cleanup(CURLM *multi);
CURLMcode carrel_curl_multi_add_handle(CURLM *multi, CURL *handle);
CURLMcode carrel_curl_multi_remove_handle(CURLM *multi, CURL *handle);
CURLMcode carrel_curl_multi_perform(CURLM *multi, int *running);
CURLMcode carrel_curl_multi_poll(CURLM *multi, struct curl_waitfd *others, unsigned int count, int milliseconds);
/// The next transfer that is done, with its result; NULL when there is none.
CURL *carrel_curl_multi_next_done(CURLM *multi, CURLcode *result);
