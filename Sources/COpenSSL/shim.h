#pragma once
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/pem.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/hmac.h>
#include <openssl/bn.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/core_names.h>

// Doors to what OpenSSL spells as a macro or a variadic function, neither of which Swift can call.

/// A new RSA key of `bits` bits, or NULL. Free with EVP_PKEY_free.
static inline EVP_PKEY *carrel_rsa_generate(unsigned int bits) { return EVP_RSA_gen(bits); }

/// The length of a number in bytes, big-endian, without leading zeros.
static inline int carrel_bn_byte_count(const BIGNUM *number) { return BN_num_bytes(number); }

/// The bytes written to a memory BIO so far; they belong to the BIO.
static inline long carrel_bio_bytes(BIO *bio, char **bytes) { return BIO_get_mem_data(bio, bytes); }
