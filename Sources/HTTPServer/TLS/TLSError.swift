import Glibc

/// Why a certificate and its key cannot be served; every case names the file to look at.
public enum TLSError: Error, Hashable {
    /// The file cannot be opened or read; `code` is an `errno`.
    case unreadable(path: String, code: Int32)
    /// A folder, a device, or more than 1 MiB.
    case notACertificateFile(path: String)
    /// Others than the owner may read or write the key.
    case exposedKey(path: String, mode: UInt32)
    /// No PEM certificate in the file, or one that cannot be read.
    case noCertificate(path: String, reason: String)
    /// No PEM private key in the file, or one that cannot be read.
    case noKey(path: String)
    /// The key asks for a passphrase, and there is nobody to ask.
    case encryptedKey(path: String)
    /// The key belongs to no certificate of the file.
    case keyMismatch(certificate: String, key: String)
    /// The key belongs to a later certificate than the first; `position` counts from 1.
    case certificateNotFirst(path: String, position: Int)
    /// The certificate at `position` did not issue the one before it.
    case brokenChain(path: String, position: Int)
    /// The certificate at `position` of the clients' authorities is no authority's.
    case notAnAuthority(path: String, position: Int)
    /// The certificate at `position` begins later; `from` is a date in UTC.
    case notYetValid(path: String, position: Int, from: String)
    /// The certificate at `position` has ended; `at` is a date in UTC.
    case expired(path: String, position: Int, at: String)
    /// OpenSSL will not serve it: too small a key, too weak a signature.
    case refused(path: String, reason: String)
}

extension TLSError: CustomStringConvertible {
    /// What is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .unreadable(let path, ENOENT): "\(path): there is no such file"
        case .unreadable(let path, let code): "\(path) cannot be read: \(String(cString: strerror(code)))"
        case .notACertificateFile(let path): "\(path) is not a PEM file of at most 1 MiB"
        case .exposedKey(let path, let mode):
            "\(path): others can reach this private key (mode \(String(mode, radix: 8))); run: chmod 600 \(path)"
        case .noCertificate(let path, let reason): "\(path) holds no readable PEM certificate: \(reason)"
        case .noKey(let path): "\(path) holds no PEM private key that can be read"
        case .encryptedKey(let path):
            "\(path) is encrypted and the server cannot ask for a passphrase; store it decrypted with mode 600: "
                + "openssl pkey -in \(path) -out NEW"
        case .keyMismatch(let certificate, let key):
            "the key in \(key) does not belong to the certificate in \(certificate)"
        case .certificateNotFirst(let path, let position):
            "\(path): the server's own certificate is number \(position) and must come first, "
                + "then the one that issued it, and so on"
        case .brokenChain(let path, let position):
            "\(path): certificate \(position) did not issue certificate \(position - 1); the order is the server's own "
                + "first, then the one that issued it, and so on"
        case .notAnAuthority(let path, let position):
            "\(path): certificate \(position) is not an authority's; name those that issue clients' certificates"
        case .notYetValid(let path, let position, let from):
            "\(path): certificate \(position) is valid only from \(from) on; is this machine's clock right?"
        case .expired(let path, let position, let at): "\(path): certificate \(position) expired on \(at); renew it"
        case .refused(let path, let reason): "\(path) cannot be used for TLS: \(reason)"
        }
    }
}
