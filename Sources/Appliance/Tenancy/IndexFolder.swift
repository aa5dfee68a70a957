import Access
import Glibc
import IndexCore

/// A tenant's folder of index files: a folder for each collection, named by its number, with files named by their content.
///
/// All of it is a cache of the rows. What the manifest does not name is swept away when the tenant is opened.
struct IndexFolder: Sendable {
    /// `tenants/<tenant>/index`; made with its first file.
    let path: String

    /// What a file holds, and how its name ends.
    struct Kind: Sendable {
        fileprivate let kind: SegmentKind
        let suffix: String

        /// A keyword segment.
        static let keywords = Kind(kind: SegmentKind("bm25"), suffix: ".bm25")
        /// Vectors of some passages, and their codes.
        static let vectors = Kind(kind: SegmentKind("vecs"), suffix: ".vec")
        /// A graph over the vectors of other files.
        static let graph = Kind(kind: SegmentKind("hnsw"), suffix: ".hnsw")
    }

    private static let damagedSuffix = ".damaged"
    /// Damaged files kept for whoever wants to look at them, a collection.
    static let keptDamagedFiles = 2

    private func folder(_ collection: UInt32) -> String { "\(path)/\(collection)" }

    /// The path of a collection's file.
    func file(_ name: String, of collection: UInt32) -> String { "\(folder(collection))/\(name)" }

    // MARK: Files

    /// Where a collection's work puts what is too large for memory.
    func spill(of collection: UInt32) throws -> SpillFolder {
        SpillFolder(path: try made(collection))
    }

    /// A collection's folder, made where it is missing.
    private func made(_ collection: UInt32) throws -> String {
        try make(path)
        try make(folder(collection))
        return folder(collection)
    }

    /// Writes sections to a file, which has its name when it is safe on the disk.
    /// - Returns: The file, open.
    func publish(_ sections: SegmentSections, as kind: Kind, of collection: UInt32) throws -> SegmentFile {
        var writer = try SegmentFileWriter(folder: try made(collection), kind: kind.kind)
        try writer.append(sections)
        return try writer.publish { bytes in Digest.hexadecimal(Digest.sha256(bytes)) + kind.suffix }
    }

    /// Opens a file that the manifest names.
    func open(_ name: String, as kind: Kind, of collection: UInt32) throws -> SegmentFile {
        try SegmentFile(file(name, of: collection), kind: kind.kind)
    }

    /// Removes a file; open mappings of it stay valid.
    func remove(_ name: String, of collection: UInt32) {
        unlink(file(name, of: collection))
    }

    /// Puts a damaged file aside, so that nothing opens it again.
    func quarantine(_ name: String, of collection: UInt32) {
        let path = file(name, of: collection)
        rename(path, path + Self.damagedSuffix)
        boundDamaged(of: collection)
    }

    // MARK: Sweeping

    /// Removes what no manifest names: files of broken-off work, and folders of collections that are gone.
    /// - Parameter files: The files of each collection there is.
    func sweep(keeping files: [UInt32: Set<String>]) {
        for entry in Self.names(in: path) {
            guard let collection = UInt32(entry), String(collection) == entry, let kept = files[collection] else {
                removeFolder("\(path)/\(entry)")
                continue
            }
            for name in Self.names(in: folder(collection))
            where !kept.contains(name) && !name.hasSuffix(Self.damagedSuffix) {
                remove(name, of: collection)
            }
            boundDamaged(of: collection)
        }
    }

    /// Removes all files of a collection.
    func removeCollection(_ collection: UInt32) {
        removeFolder(folder(collection))
    }

    private func removeFolder(_ folder: String) {
        for name in Self.names(in: folder) { unlink("\(folder)/\(name)") }
        // A file in the place of a folder goes as well.
        if rmdir(folder) != 0 { unlink(folder) }
    }

    /// Keeps the newest damaged files and removes the others.
    private func boundDamaged(of collection: UInt32) {
        let damaged = Self.names(in: folder(collection)).filter { $0.hasSuffix(Self.damagedSuffix) }
        guard damaged.count > Self.keptDamagedFiles else { return }
        let byAge = damaged.map { name in
            var status = stat()
            lstat(file(name, of: collection), &status)
            return (name: name, time: (status.st_ctim.tv_sec, status.st_ctim.tv_nsec))
        }.sorted { $0.time > $1.time }
        for (name, _) in byAge.dropFirst(Self.keptDamagedFiles) { remove(name, of: collection) }
    }

    private static func names(in folder: String) -> [String] {
        let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return [] }
        guard let directory = fdopendir(descriptor) else {
            close(descriptor)
            return []
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private func make(_ folder: String) throws(SegmentFileError) {
        if mkdir(folder, 0o700) == 0 {
            // The new folder's own entry must be safe before what is in it can be.
            let parent = Glibc.open(folder + "/..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard parent >= 0 else { throw .system(path: folder, operation: "open", code: errno) }
            defer { close(parent) }
            guard fsync(parent) == 0 else { throw .system(path: folder, operation: "sync", code: errno) }
            return
        }
        guard errno == EEXIST else { throw .system(path: folder, operation: "create", code: errno) }
    }
}
