import COpenSSL
import Glibc

/// A certificate chain and its key as read from their files, with everything checked that can be checked alone.
struct TLSIdentity {
    final class Certificate {
        let pointer: OpaquePointer
        init(_ pointer: OpaquePointer) { self.pointer = pointer }
        deinit { X509_free(pointer) }
    }

    final class Key {
        let pointer: OpaquePointer
        init(_ pointer: OpaquePointer) { self.pointer = pointer }
        deinit { EVP_PKEY_free(pointer) }
    }

    /// The server's own first; at least one.
    let chain: [Certificate]
    let key: Key
    /// Seconds since 1970.
    let expiresAt: Int

    init(certificate: String, key keyPath: String) throws(TLSError) {
        chain = try Self.certificates(in: try TLSFile.read(certificate, isKey: false), path: certificate)
        key = try Self.key(in: try TLSFile.read(keyPath, isKey: true), path: keyPath)
        let own = chain[0].pointer
        guard X509_check_private_key(own, key.pointer) == 1 else {
            let key = key
            if let place = chain.firstIndex(where: { X509_check_private_key($0.pointer, key.pointer) == 1 }) {
                throw .certificateNotFirst(path: certificate, position: place + 1)
            }
            throw .keyMismatch(certificate: certificate, key: keyPath)
        }
        var earliest = Int.max
        for (index, entry) in chain.enumerated() {
            earliest = min(earliest, try Self.checkDates(entry.pointer, path: certificate, position: index + 1))
            if index > 0, X509_check_issued(entry.pointer, chain[index - 1].pointer) != X509_V_OK {
                throw .brokenChain(path: certificate, position: index + 1)
            }
        }
        expiresAt = earliest
    }

    static func certificates(in bytes: [UInt8], path: String, limit: Int = 32) throws(TLSError) -> [Certificate] {
        ERR_clear_error()
        var found: [Certificate] = []
        let reader = reader(of: bytes)
        defer { BIO_free(reader) }
        while let certificate = PEM_read_bio_X509(reader, nil, nil, nil) {
            found.append(Certificate(certificate))
            guard found.count <= limit else {
                throw .noCertificate(path: path, reason: "more than \(limit) certificates in a chain")
            }
        }
        // Every loop ends with an error; "no start line" is the end of the file.
        let isAtEnd =
            ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_PEM
            && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE
        guard !found.isEmpty, isAtEnd else { throw .noCertificate(path: path, reason: lastReason()) }
        ERR_clear_error()
        return found
    }

    private static func key(in bytes: [UInt8], path: String) throws(TLSError) -> Key {
        ERR_clear_error()
        var wasAsked = false
        let reader = reader(of: bytes)
        defer { BIO_free(reader) }
        let key = withUnsafeMutablePointer(to: &wasAsked) { asked in
            // Without a callback of ours OpenSSL would ask on the terminal.
            PEM_read_bio_PrivateKey(
                reader, nil,
                { _, _, _, asked in
                    asked?.assumingMemoryBound(to: Bool.self).pointee = true
                    return -1
                }, asked)
        }
        if let key { return Key(key) }
        throw wasAsked ? .encryptedKey(path: path) : .noKey(path: path)
    }

    /// A copy of the bytes for OpenSSL to read; nil, which its readers refuse, when out of memory.
    private static func reader(of bytes: [UInt8]) -> OpaquePointer? {
        let bio = BIO_new(BIO_s_mem())
        BIO_write(bio, bytes, Int32(clamping: bytes.count))
        return bio
    }

    /// The end of the certificate's life.
    static func checkDates(
        _ certificate: OpaquePointer, path: String, position: Int
    ) throws(TLSError) -> Int {
        let start = X509_get0_notBefore(certificate)
        let end = X509_get0_notAfter(certificate)
        if X509_cmp_current_time(start) > 0 {
            throw .notYetValid(path: path, position: position, from: date(start).text)
        }
        if X509_cmp_current_time(end) < 0 { throw .expired(path: path, position: position, at: date(end).text) }
        return date(end).seconds
    }

    /// A time of a certificate; the year 1900 for one that is none.
    static func date(_ time: UnsafePointer<ASN1_TIME>?) -> (text: String, seconds: Int) {
        var parts = tm()
        _ = ASN1_TIME_to_tm(time, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let text =
            "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)) UTC"
        return (text, timegm(&parts))
    }

    /// OpenSSL's last complaint in its own words.
    static func lastReason() -> String {
        defer { ERR_clear_error() }
        guard let reason = ERR_reason_error_string(ERR_peek_last_error()) else { return "no reason given" }
        return String(cString: reason)
    }
}

/// Small PEM files.
enum TLSFile {
    private static let limit = 1 << 20

    static func read(_ path: String, isKey: Bool) throws(TLSError) -> [UInt8] {
        // O_NONBLOCK: a FIFO must not hold the start.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable(path: path, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(path: path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else {
            throw .notACertificateFile(path: path)
        }
        if isKey, status.st_mode & 0o077 != 0 { throw .exposedKey(path: path, mode: status.st_mode & 0o7777) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .unreadable(path: path, code: errno) }
            if got == 0 { break }
            count += got
        }
        return Array(bytes[..<count])
    }
}
