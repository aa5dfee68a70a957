#pragma once
#include <openssl/evp.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/pem.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/hmac.h>
#include <openssl/bn.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/ecdsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// Doors to what OpenSSL spells as a macro or a variadic function, neither of which Swift can call.

/// A new RSA key of `bits` bits, or NULL. Free with EVP_PKEY_free.
static inline EVP_PKEY *carrel_rsa_generate(unsigned int bits) { return EVP_RSA_gen(bits); }

/// The length of a number in bytes, big-endian, without leading zeros.
static inline int carrel_bn_byte_count(const BIGNUM *number) { return BN_num_bytes(number); }

/// The bytes written to a memory BIO so far; they belong to the BIO.
static inline long carrel_bio_bytes(BIO *bio, char **bytes) { return BIO_get_mem_data(bio, bytes); }

/// A new key on the curve P-256, or NULL. Free with EVP_PKEY_free.
static inline EVP_PKEY *carrel_p256_generate(void) { return EVP_EC_gen("P-256"); }

/// The key that a builder's parameters describe, or NULL; frees what it is given. Free with EVP_PKEY_free.
static inline EVP_PKEY *carrel_public_key(const char *kind, OSSL_PARAM_BLD *builder) {
    EVP_PKEY *key = NULL;
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
    if (parameters == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    return key;
}

/// A public RSA key of two big-endian numbers, or NULL. Free with EVP_PKEY_free.
static inline EVP_PKEY *carrel_rsa_public(const unsigned char *n, long n_length, const unsigned char *e,
                                          long e_length) {
    EVP_PKEY *key = NULL;
    BIGNUM *modulus = BN_bin2bn(n, (int)n_length, NULL), *exponent = BN_bin2bn(e, (int)e_length, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    // An even or tiny exponent is no key's; the modulus is judged by its size elsewhere.
    if (modulus != NULL && exponent != NULL && builder != NULL && BN_is_odd(modulus) && BN_is_odd(exponent) &&
        !BN_is_one(exponent) && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
        key = carrel_public_key("RSA", builder);
    else
        OSSL_PARAM_BLD_free(builder);
    BN_free(modulus);
    BN_free(exponent);
    return key;
}

/// A public key on P-256 of its two coordinates, 32 bytes each; NULL for a point that is not on the curve.
static inline EVP_PKEY *carrel_p256_public(const unsigned char *x, const unsigned char *y) {
    unsigned char point[65] = {4};
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    for (int i = 0; i < 32; i++) {
        point[1 + i] = x[i];
        point[33 + i] = y[i];
    }
    if (builder != NULL && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) == 1)
        return carrel_public_key("EC", builder);
    OSSL_PARAM_BLD_free(builder);
    return NULL;
}

/// Writes r and s, 32 bytes each, as the DER that OpenSSL verifies; its length, or 0.
static inline int carrel_ecdsa_der(const unsigned char *signature, unsigned char *der, long capacity) {
    int length = 0;
    ECDSA_SIG *parsed = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, 32, NULL), *s = BN_bin2bn(signature + 32, 32, NULL);
    if (parsed != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(parsed, r, s) == 1) {
        r = s = NULL;  // They belong to `parsed` now.
        if (i2d_ECDSA_SIG(parsed, NULL) <= capacity) length = i2d_ECDSA_SIG(parsed, &der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(parsed);
    return length > 0 ? length : 0;
}

/// Marks a connection that shall not be offered HTTP/2.
static inline void carrel_tls_offer_http11_only(SSL *ssl) { SSL_set_app_data(ssl, ssl); }

/// Chooses HTTP/2, else HTTP/1.1, among what a client offers by ALPN; one that offers only others is told so and refused.
static inline int carrel_choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *length,
                                       const unsigned char *offered, unsigned int offered_length, void *context) {
    static const unsigned char both[] = "\x02h2\x08http/1.1";
    unsigned int skipped = SSL_get_app_data(ssl) == NULL ? 0 : 3;
    unsigned char *found = NULL;
    (void)context;
    if (SSL_select_next_proto(&found, length, both + skipped, sizeof both - 1 - skipped, offered, offered_length) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

/// The settings of a server's context that do not depend on its certificate; NULL when out of memory.
///
/// No renegotiation, no compression, no session cache (tickets serve resumption), no early data. Buffers go back when
/// idle, so that a quiet connection costs little. Of TLS 1.2 only suites with forward secrecy and AEAD are left.
static inline SSL_CTX *carrel_tls_server(int allows_tls12) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL) return NULL;
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_alpn_select_cb(context, carrel_choose_protocol, NULL);
    if (SSL_CTX_set_min_proto_version(context, allows_tls12 ? TLS1_2_VERSION : TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

/// No session of this context can be resumed: each connection goes through a whole handshake.
static inline void carrel_tls_never_resume(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

/// How a subject is written: RFC 2253, everything but plain ASCII escaped.
static inline unsigned long carrel_name_form(void) { return XN_FLAG_RFC2253; }

/// Prints the first alternative name, `DNS:box.example`, or nothing.
static inline void carrel_x509_first_alternative(X509 *certificate, BIO *bio) {
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    if (names != NULL && sk_GENERAL_NAME_num(names) > 0) GENERAL_NAME_print(bio, sk_GENERAL_NAME_value(names, 0));
    GENERAL_NAMES_free(names);
}

/// Appends a certificate to the chain that is sent behind the server's own; 1 if it went.
static inline long carrel_tls_add_chain(SSL_CTX *context, X509 *certificate) {
    return SSL_CTX_add1_chain_cert(context, certificate);
}

/// Adds an extension in the text form of OpenSSL's configuration files; 1 if it went.
static inline int carrel_x509_extend(X509 *certificate, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&context);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    int added = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}
