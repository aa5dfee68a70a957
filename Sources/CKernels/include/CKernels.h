#pragma once
// Everything Swift cannot say for itself: per-function instruction sets and prefetch. Header-only.
#include <stdint.h>
#include "ChecksumKernels.h"
#include "EmbeddingKernels.h"
#include "PostingsKernels.h"
#include "TextKernels.h"
#include "VectorKernels.h"
#include "RowKernels.h"
#include "SignKernels.h"
#include "BeginningKernels.h"
