#pragma once
/* First, as in CEvent. */
#include <features.h>
#include <nghttp2/nghttp2.h>
