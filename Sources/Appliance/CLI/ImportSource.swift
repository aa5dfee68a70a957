import Glibc
import JSON

/// What `carrel import` reads: JSON lines, Markdown and plain text; files, folders and standard input.
///
/// Everything becomes lines of JSON, the form the bulk route takes. A line of a JSONL file goes on untouched; a text
/// file becomes one document whose id is its path below the parent of the path given.
package struct ImportSource {
    /// One line for the bulk route and where it came from.
    package struct Item {
        package var json: [UInt8]
        /// `path:line` or `path`.
        package var origin: String
    }

    /// Why something was left out.
    package struct Skipped {
        package var origin: String
        package var reason: String
    }

    /// Largest text file taken.
    package static let fileLimit = 15 << 20

    /// What some editors put at the start of a UTF-8 file; no part of its text.
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private enum Kind {
        case jsonLines, markdown, text
    }

    /// Calls `item` with everything found below `paths` and `skipped` with what is left out, in order of path.
    package static func read(
        _ paths: [String], item: (Item) async throws -> Void, skipped: (Skipped) -> Void
    ) async throws {
        for path in paths {
            if path == "-" {
                try await readLines("-", origin: "standard input", item: item, skipped: skipped)
                continue
            }
            var status = stat()
            guard stat(path, &status) == 0 else {
                throw CommandFailure("\(path) cannot be read: \(String(cString: strerror(errno)))")
            }
            if status.st_mode & S_IFMT == S_IFDIR {
                for file in try files(below: path) {
                    guard let kind = kind(of: file) else {
                        skipped(Skipped(origin: file, reason: "not a .jsonl, .md, .markdown, .txt or .text file"))
                        continue
                    }
                    try await read(file, kind, parent: parent(of: path), item: item, skipped: skipped)
                }
            } else {
                try await read(path, kind(of: path) ?? .text, parent: parent(of: path), item: item, skipped: skipped)
            }
        }
    }

    /// Bytes of all files, for a progress bar; `nil` when standard input is among them.
    package static func byteCount(_ paths: [String]) -> Int? {
        guard !paths.contains("-") else { return nil }
        var sum = 0
        for path in paths {
            var status = stat()
            guard stat(path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                for file in (try? files(below: path)) ?? [] where stat(file, &status) == 0 {
                    sum += Int(status.st_size)
                }
            } else {
                sum += Int(status.st_size)
            }
        }
        return sum
    }

    private static func read(
        _ path: String, _ kind: Kind, parent: String, item: (Item) async throws -> Void, skipped: (Skipped) -> Void
    ) async throws {
        if kind == .jsonLines {
            return try await readLines(path, origin: path, item: item, skipped: skipped)
        }
        switch wholeFile(path) {
        case .failure(let problem):
            skipped(Skipped(origin: path, reason: problem.message))
        case .success(let text):
            guard !text.utf8.allSatisfy({ $0 <= 0x20 }) else {
                skipped(Skipped(origin: path, reason: "the file is empty"))
                return
            }
            let id = path.hasPrefix(parent) ? String(path.dropFirst(parent.count)) : path
            let title = kind == .markdown ? firstHeading(text) : nil
            let document: JSONValue = [
                "id": .string(id), "title": .string(title ?? fileName(path)), "text": .string(text),
                "metadata": ["path": .string(id)],
            ]
            try await item(Item(json: document.encoded(), origin: path))
        }
    }

    private static func readLines(
        _ path: String, origin: String, item: (Item) async throws -> Void, skipped: (Skipped) -> Void
    ) async throws {
        var reader = try FileLineReader(path)
        var number = 0
        while let line = try reader.next() {
            number += 1
            switch line {
            case .tooLong:
                skipped(Skipped(origin: "\(origin):\(number)", reason: "the line is longer than 16 MiB"))
            case .text(var bytes):
                if number == 1, bytes.starts(with: byteOrderMark) { bytes.removeFirst(byteOrderMark.count) }
                guard !bytes.allSatisfy({ $0 <= 0x20 }) else { continue }
                try await item(Item(json: bytes, origin: "\(origin):\(number)"))
            }
        }
    }

    private static func wholeFile(_ path: String) -> Result<String, CommandFailure> {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            return .failure(CommandFailure("cannot be read: \(String(cString: strerror(errno)))"))
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &block, block.count)
            guard count >= 0 else {
                return .failure(CommandFailure("cannot be read: \(String(cString: strerror(errno)))"))
            }
            if count == 0 { break }
            bytes += block[..<count]
            guard bytes.count <= fileLimit else {
                return .failure(CommandFailure("larger than \(fileLimit >> 20) MiB"))
            }
        }
        let start = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
        guard let text = String(validating: bytes[start...], as: UTF8.self) else {
            return .failure(CommandFailure("not UTF-8 text"))
        }
        return .success(text)
    }

    /// Regular files below a folder, sorted; hidden ones and symbolic links are left out.
    private static func files(below path: String) throws -> [String] {
        guard let directory = opendir(path) else {
            throw CommandFailure("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        var found: [String] = []
        for name in names.sorted() {
            let child = path.hasSuffix("/") ? path + name : path + "/" + name
            var status = stat()
            guard lstat(child, &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: found += try files(below: child)
            case S_IFREG: found.append(child)
            default: break
            }
        }
        return found
    }

    private static func kind(of path: String) -> Kind? {
        let name = fileName(path).lowercased()
        if name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson") { return .jsonLines }
        if name.hasSuffix(".md") || name.hasSuffix(".markdown") { return .markdown }
        if name.hasSuffix(".txt") || name.hasSuffix(".text") { return .text }
        return nil
    }

    private static func fileName(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// The part of `path` that ids leave out, with its slash.
    private static func parent(of path: String) -> String {
        let trimmed = path.hasSuffix("/") ? String(path.dropLast()) : path
        guard let slash = trimmed.lastIndex(of: "/") else { return "" }
        return String(trimmed[...slash])
    }

    private static func firstHeading(_ text: String) -> String? {
        // By scalars: to `Character`, CR LF is one sign and no line feed.
        for line in text.unicodeScalars.split(separator: "\n", maxSplits: 50) where line.first == "#" {
            let title = line.drop { $0 == "#" || $0 == " " }.prefix { $0 != "\r" && $0 != "\n" }
            if !title.isEmpty { return String(title.prefix(300)) }
        }
        return nil
    }
}
