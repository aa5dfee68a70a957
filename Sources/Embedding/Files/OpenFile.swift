import Glibc

/// The text of an `errno` value.
func systemMessage(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    let end = buffer.firstIndex(of: 0) ?? buffer.endIndex
    return String(decoding: buffer[..<end].map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// A file open for reading, closed with its last reference's end.
struct OpenFile: ~Copyable {
    let path: String
    let descriptor: Int32
    let identity: FileIdentity

    /// Opens an ordinary file.
    init(_ path: String) throws(EmbeddingError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let code = errno
            if code == ENOENT { throw .missingFile(path: path) }
            throw .unreadableFile(path: path, operation: "open", code: code)
        }
        var status = stat()
        let code = fstat(descriptor, &status) == 0 ? 0 : errno
        guard code == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .unreadableFile(path: path, operation: "read", code: code == 0 ? EISDIR : code)
        }
        self.path = path
        self.descriptor = descriptor
        identity = FileIdentity(status)
    }

    deinit { close(descriptor) }

    var byteCount: Int { identity.byteCount }

    /// Fills `buffer` from `offset` on; the file must be that long.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(EmbeddingError) {
        guard let base = buffer.baseAddress else { return }
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor, base + done, buffer.count - done, off_t(offset + done))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                throw .unreadableFile(path: path, operation: "read", code: count < 0 ? errno : EIO)
            }
            done += count
        }
    }

    /// Reads `count` bytes from `offset` on.
    func bytes(at offset: Int, count: Int) throws(EmbeddingError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var failure: EmbeddingError?
        bytes.withUnsafeMutableBytes { buffer in
            do throws(EmbeddingError) {
                try read(at: offset, into: buffer)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}

/// What changes when a file is replaced or written to.
struct FileIdentity: Equatable {
    let byteCount: Int
    let inode: UInt64
    let modifiedSeconds: Int
    let modifiedNanoseconds: Int

    init(_ status: stat) {
        byteCount = Int(status.st_size)
        inode = UInt64(status.st_ino)
        modifiedSeconds = status.st_mtim.tv_sec
        modifiedNanoseconds = status.st_mtim.tv_nsec
    }
}
