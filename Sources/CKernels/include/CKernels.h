#pragma once
#include <stdint.h>
#include "EmbeddingKernels.h"
