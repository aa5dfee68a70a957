import Glibc

/// A client's configuration file: read, kept as a copy, and replaced whole or not at all.
struct ClientFile {
    private static let limit = 32 << 20

    /// As named, for messages.
    let path: String
    /// Links resolved: the file that is replaced.
    private let target: String
    /// What was read; nil when there was no file.
    let bytes: [UInt8]?

    init(_ path: String) throws(CommandFailure) {
        self.path = path
        if let resolved = realpath(path, nil) {
            target = String(cString: resolved)
            free(resolved)
        } else {
            guard errno == ENOENT else { throw CommandFailure("\(path): \(String(cString: strerror(errno)))") }
            target = path
        }
        bytes = try Self.read(target)
    }

    private static func read(_ path: String) throws(CommandFailure) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw CommandFailure("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else {
            throw CommandFailure("\(path) is no file of at most \(limit >> 20) MiB")
        }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= limit {
            let count = Glibc.read(descriptor, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw CommandFailure("\(path) cannot be read: \(String(cString: strerror(errno)))")
            }
            if count == 0 { break }
            bytes += block[..<count]
        }
        return bytes
    }

    /// Replaces the file, which must still be as it was read; mode 0600.
    /// - Returns: Where the old one is kept.
    func replace(with new: [UInt8]) throws(CommandFailure) -> String? {
        guard try Self.read(target) == bytes else {
            throw CommandFailure("\(path) was changed meanwhile by somebody else; nothing was written, run it again")
        }
        let copy = try keepCopy()
        try Self.makeFolders(InstalledModel.parent(target.hasPrefix("/") ? target : "./" + target))
        let temporary = target + ".carrel-\(getpid())"
        try NewFile.write(new, to: temporary, mode: 0o600)
        guard rename(temporary, target) == 0 else {
            let code = errno
            unlink(temporary)
            throw CommandFailure("\(path) cannot be written: \(String(cString: strerror(code)))")
        }
        return copy
    }

    private func keepCopy() throws(CommandFailure) -> String? {
        guard let bytes else { return nil }
        for number in 1...999 {
            let copy = "\(target).before-carrel-\(number)"
            if access(copy, F_OK) == 0 { continue }
            try NewFile.write(bytes, to: copy, mode: 0o600)
            return copy
        }
        throw CommandFailure("\(path) has 999 copies (.before-carrel-…) beside it; remove some")
    }

    private static func makeFolders(_ path: String) throws(CommandFailure) {
        guard access(path, F_OK) != 0 else { return }
        try makeFolders(InstalledModel.parent(path))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw CommandFailure("\(path) cannot be made: \(String(cString: strerror(errno)))")
        }
    }
}
