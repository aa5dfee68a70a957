package import Extraction
import Glibc

/// A file that may be read: where it is, and what it would be called as a document.
package struct FoundFile: Sendable {
    /// As it is shown: the path given and what was found below it.
    package var path: String
    /// Below the parent of the path given; the document's id where a file is one document.
    package var id: String
    package var kind: DocumentKind
    package var byteCount: Int
    /// As the walk saw it; `nil` for a file given by itself.
    package var stamp: FileStamp?
    /// The names from the folder given down to the file; empty for a file given by itself.
    var names: [[UInt8]] = []
    var folder: OpenFolder?

    /// Opens the file for reading, and nothing that has taken its place: below a folder no symbolic link is followed.
    /// - Returns: A descriptor that the caller closes, or `nil` with `errno` set.
    func openForReading() -> Int32? {
        let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        guard let folder, let name = names.last else {
            let file = open(path, flags)
            return file < 0 ? nil : file
        }
        guard let parent = folder.open(names.dropLast()) else { return nil }
        defer { close(parent) }
        let file = name.withCString { openat(parent, $0, flags | O_NOFOLLOW) }
        return file < 0 ? nil : file
    }
}

/// Something below a path that does not go in, and why.
package struct PassedOver: Sendable, Equatable {
    package var path: String
    package var reason: String
    /// Whether it is a document that should have gone in, not a thing that is no document.
    package var isFault: Bool
}

/// What lies below the paths of one command, in order of path.
package struct FolderWalk {
    package private(set) var files: [FoundFile] = []
    package private(set) var passedOver: [PassedOver] = []
    /// Files of kinds that are not read, counted by the ending of their names.
    package private(set) var unreadKinds: [String: Int] = [:]
    /// Folders that could not be read, as ids: what is known to be below them may still be there.
    package private(set) var unreadFolders: [String] = []
    /// The device of every folder gone into, by id: another one later means that something was mounted or unmounted.
    package private(set) var devices: [String: UInt64] = [:]

    /// Folders inside each other that are gone into.
    static let deepest = 64

    package init() {}

    /// Adds a file or everything below a folder.
    /// - Parameter path: As typed; a symbolic link here is followed, since its owner named it.
    /// - Throws: ``CommandFailure`` when there is nothing or it cannot be read.
    package mutating func add(_ path: String) throws(CommandFailure) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw Self.unreadable(path) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            addFile(path, status)
            return
        }
        guard let folder = OpenFolder(path) else { throw Self.unreadable(path) }
        let trimmed = path.hasSuffix("/") && path != "/" ? String(path.dropLast()) : path
        walk(folder, names: [], path: trimmed, id: Self.name(of: trimmed))
    }

    private static func unreadable(_ path: String) -> CommandFailure {
        CommandFailure("\(path) cannot be read: \(String(cString: strerror(errno)))")
    }

    /// A file named by itself is taken whatever its name; text is what it is then.
    private mutating func addFile(_ path: String, _ status: stat) {
        guard status.st_mode & S_IFMT == S_IFREG else {
            passedOver.append(PassedOver(path: path, reason: Self.reason(status), isFault: true))
            return
        }
        let name = Self.name(of: path)
        files.append(
            FoundFile(
                path: path, id: name, kind: DocumentKind(fileName: name) ?? .text, byteCount: Int(status.st_size)))
    }

    private mutating func walk(_ folder: OpenFolder, names: [[UInt8]], path: String, id: String) {
        guard names.count <= Self.deepest else {
            passedOver.append(
                PassedOver(path: path, reason: "more than \(Self.deepest) folders inside each other", isFault: true))
            unreadFolders.append(id)
            return
        }
        var status = stat()
        let opened = folder.open(names[...])
        if let opened, fstat(opened, &status) == 0 { devices[id] = UInt64(status.st_dev) }
        guard let opened, let entries = Self.entries(of: opened) else {
            passedOver.append(
                PassedOver(path: path, reason: "cannot be read: \(String(cString: strerror(errno)))", isFault: true))
            unreadFolders.append(id)
            return
        }
        for entry in entries {
            let shown = path == "/" ? "/" + entry.shown : path + "/" + entry.shown
            let childID = id + "/" + entry.shown
            switch entry.status.st_mode & S_IFMT {
            case S_IFDIR where entry.isUTF8:
                walk(folder, names: names + [entry.name], path: shown, id: childID)
            case S_IFREG where !entry.isUTF8, S_IFDIR:
                passedOver.append(PassedOver(path: shown, reason: "its name is not UTF-8; rename it", isFault: true))
            case S_IFREG:
                guard let kind = DocumentKind(fileName: entry.shown) else {
                    unreadKinds[Self.ending(of: entry.shown), default: 0] += 1
                    continue
                }
                files.append(
                    FoundFile(
                        path: shown, id: childID, kind: kind, byteCount: Int(entry.status.st_size),
                        stamp: FileStamp(entry.status), names: names + [entry.name], folder: folder))
            default:
                passedOver.append(PassedOver(path: shown, reason: Self.reason(entry.status), isFault: false))
            }
        }
    }

    private struct Entry {
        var name: [UInt8]
        var status: stat

        var shown: String { String(decoding: name, as: UTF8.self) }
        var isUTF8: Bool { String(validating: name, as: UTF8.self) != nil }
    }

    /// What lies in a folder, by name, without the hidden; `nil` with `errno` set when it cannot be told.
    private static func entries(of descriptor: Int32) -> [Entry]? {
        guard let directory = fdopendir(descriptor) else {
            close(descriptor)
            return nil
        }
        defer { closedir(directory) }
        var found: [Entry] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else { break }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            guard name.first != UInt8(ascii: ".") else { continue }
            var status = stat()
            let code = name.withCString { fstatat(dirfd(directory), $0, &status, AT_SYMLINK_NOFOLLOW) }
            if code == 0 {
                found.append(Entry(name: name, status: status))
            } else if errno != ENOENT {
                // It is there, but what it is cannot be told.
                return nil
            }
        }
        // A folder that breaks off in the middle is not a folder with fewer files.
        guard errno == 0 else { return nil }
        return found.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    private static func reason(_ status: stat) -> String {
        switch status.st_mode & S_IFMT {
        case S_IFLNK: "a symbolic link, which is not followed"
        case S_IFIFO: "a named pipe, not a file"
        case S_IFSOCK: "a socket, not a file"
        case S_IFCHR, S_IFBLK: "a device, not a file"
        default: "not a regular file"
        }
    }

    /// The name by which ids call a path: its last part, or that of the folder that `.` and `..` stand for.
    static func name(of path: String) -> String {
        let last = path.split(separator: "/").last.map(String.init) ?? ""
        guard last == "." || last == "..", let real = realpath(path, nil) else { return last }
        defer { free(real) }
        return String(cString: real).split(separator: "/").last.map(String.init) ?? ""
    }

    private static func ending(of name: String) -> String {
        guard let point = name.lastIndex(of: "."), point != name.startIndex else { return "without ending" }
        return name[point...].lowercased()
    }
}

/// A folder held open, so that what is below it is found from here whatever happens to its path.
final class OpenFolder: Sendable {
    let descriptor: Int32

    init?(_ path: String) {
        descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor < 0 { return nil }
    }

    deinit {
        close(descriptor)
    }

    /// Opens a folder below this one, going from name to name and through no symbolic link.
    /// - Returns: A descriptor that the caller closes, or `nil` with `errno` set.
    func open(_ names: ArraySlice<[UInt8]>) -> Int32? {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        var current = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        for name in names {
            guard current >= 0 else { return nil }
            let next = name.withCString { openat(current, $0, flags) }
            let failure = errno
            close(current)
            errno = failure
            current = next
        }
        return current < 0 ? nil : current
    }
}

extension [UInt8] {
    /// The bytes as a C string; names of files hold no NUL.
    fileprivate func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        map { CChar(bitPattern: $0) }.withTerminator(body)
    }
}

extension [CChar] {
    fileprivate func withTerminator<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        let terminated = self + [0]
        return body(terminated)
    }
}
