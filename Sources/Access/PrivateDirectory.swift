internal import Glibc

/// A folder that only its owner can reach (0700), opened once; every file is named relative to it and never through a
/// symbolic link.
///
/// Closing it also gives up the lock.
struct PrivateDirectory: ~Copyable {
    let path: String
    private let descriptor: Int32

    /// What changes whenever a file comes or goes.
    struct Stamp: Equatable {
        let device: UInt64
        let inode: UInt64
        let seconds: Int
        let nanoseconds: Int

        /// Whether a later change must show in the stamp.
        ///
        /// File times come from a coarse clock: two changes within one of
        /// its ticks leave the same stamp, so a stamp is trusted only once it is two seconds old.
        var isSettled: Bool {
            var now = timespec()
            clock_gettime(CLOCK_REALTIME, &now)
            return now.tv_sec - seconds > 2
        }
    }

    /// Opens a folder, making it first where it is missing.
    static func creating(_ path: String) throws(AccessError) -> PrivateDirectory {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw .system(call: "mkdir", path: path, errno: errno) }
        return try PrivateDirectory(path)
    }

    /// Opens a folder and checks that it is real and private.
    init(_ path: String) throws(AccessError) {
        let opened = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        let code = errno
        self.path = path
        descriptor = opened
        guard opened >= 0 else {
            if code == ELOOP || code == ENOTDIR { throw .notPlain(path: path) }
            throw .system(call: "open", path: path, errno: code)
        }
        let status = try PrivateDirectory.status(opened, path)
        try PrivateDirectory.checkPrivate(status, path)
    }

    deinit {
        if descriptor >= 0 { Glibc.close(descriptor) }
    }

    /// Waits until no other process changes the folder; held until this value ends.
    func lock() throws(AccessError) {
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw .system(call: "flock", path: path, errno: errno) }
        }
    }

    /// The folder's stamp as of now.
    func stamp() throws(AccessError) -> Stamp {
        let status = try PrivateDirectory.status(descriptor, path)
        return Stamp(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
    }

    /// The names in the folder, sorted by bytes.
    ///
    /// A name that is not UTF-8 is none of ours and is left out.
    func names() throws(AccessError) -> [String] {
        // A descriptor of its own: closedir closes it, and reading must start at the first entry each time.
        let own = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0 else { throw .system(call: "open", path: path, errno: errno) }
        guard let stream = fdopendir(own) else {
            let code = errno
            Glibc.close(own)
            throw .system(call: "fdopendir", path: path, errno: code)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let name, name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// A private file's bytes, or `nil` if there is none.
    func read(_ name: String, limit: Int) throws(AccessError) -> [UInt8]? {
        let file = path + "/" + name
        // O_NONBLOCK: a FIFO put in a file's place must not hold the process.
        let opened = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard opened >= 0 else {
            switch errno {
            case ENOENT: return nil
            case ELOOP, ENXIO: throw .notPlain(path: file)
            default: throw .system(call: "open", path: file, errno: errno)
            }
        }
        defer { Glibc.close(opened) }
        let status = try PrivateDirectory.status(opened, file)
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notPlain(path: file) }
        try PrivateDirectory.checkPrivate(status, file)
        guard status.st_size <= limit else {
            throw .corruptFile(path: file, reason: "it is larger than \(limit) bytes")
        }
        var bytes = [UInt8](repeating: 0, count: limit)
        var count = 0
        while count < limit {
            let got = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(opened, buffer.baseAddress?.advanced(by: count), limit - count)
            }
            if got < 0 {
                guard errno == EINTR else { throw .system(call: "read", path: file, errno: errno) }
                continue
            }
            if got == 0 { break }
            count += got
        }
        return Array(bytes.prefix(count))
    }

    /// Writes a private file so that after a crash it is wholly there or not at all.
    func write(_ name: String, _ bytes: [UInt8]) throws(AccessError) {
        let temporary = ".tmp-" + Digest.hexadecimal(Digest.randomBytes(8))
        let file = path + "/" + name
        let opened = openat(descriptor, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw .system(call: "create", path: file, errno: errno) }
        var failure: (call: String, errno: Int32)?
        var written = 0
        while written < bytes.count {
            let put = bytes.withUnsafeBytes { buffer in
                Glibc.write(opened, buffer.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if put < 0, errno == EINTR { continue }
            if put <= 0 {
                failure = ("write", errno)
                break
            }
            written += put
        }
        // The mode given at creation is cut by the umask, which may take the owner's own rights.
        if failure == nil, fchmod(opened, 0o600) != 0 { failure = ("chmod", errno) }
        if failure == nil, fsync(opened) != 0 { failure = ("fsync", errno) }
        if Glibc.close(opened) != 0, failure == nil { failure = ("close", errno) }
        if failure == nil, renameat(descriptor, temporary, descriptor, name) != 0 { failure = ("rename", errno) }
        if let failure {
            unlinkat(descriptor, temporary, 0)
            throw .system(call: failure.call, path: file, errno: failure.errno)
        }
        try synchronize()
    }

    /// Removes a file; a missing one is no error.
    func remove(_ name: String) throws(AccessError) {
        if unlinkat(descriptor, name, 0) != 0, errno != ENOENT {
            throw .system(call: "unlink", path: path + "/" + name, errno: errno)
        }
        try synchronize()
    }

    private func synchronize() throws(AccessError) {
        if fsync(descriptor) != 0 { throw .system(call: "fsync", path: path, errno: errno) }
    }

    private static func status(_ descriptor: Int32, _ path: String) throws(AccessError) -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(call: "stat", path: path, errno: errno) }
        return status
    }

    private static func checkPrivate(_ status: stat, _ path: String) throws(AccessError) {
        guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw .insecurePermissions(path: path, mode: status.st_mode & 0o7777)
        }
    }
}
