import Embedding
import Glibc
import Synchronization
import Testing

/// The files of the model, which are fetched and not committed, and the fixtures beside the tests.
enum ModelFiles {
    private static let testDirectory = parent(of: #filePath)

    /// Holds `model.safetensors` and `vocab.txt`, if they were fetched.
    static let source: String? = findUpwards("data/models/source", holding: "model.safetensors")

    /// The int8 pack: `CARREL_MODEL`, the installed one, or one made now of the source files.
    static let pack: String? = {
        if let path = getenv("CARREL_MODEL") { return String(cString: path) }
        if let folder = findUpwards("data/models", holding: "minilm-l6-v2.q8.pack") {
            return folder + "/minilm-l6-v2.q8.pack"
        }
        return try? make(.q8)
    }()

    /// The float32 pack, made once a run: 91 MB that are not worth keeping.
    static let float32Pack: String? = try? make(.float32)

    static let unavailable: Comment = "the model is not here: run Scripts/fetch-model.sh"

    static func fixture(_ name: String) throws -> [UInt8] { try read(testDirectory + "/Fixtures/" + name) }

    /// The lines of a fixture, each split at tabs.
    static func table(_ name: String) throws -> [[Substring]] {
        let text = String(decoding: try fixture(name), as: UTF8.self)
        return text.split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
    }

    static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw EmbeddingError.missingFile(path: path) }
        defer { fclose(file) }
        var status = stat()
        fstat(fileno(file), &status)
        return [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
            count = fread(buffer.baseAddress, 1, buffer.count, file)
        }
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        guard let file = fopen(path, "wb") else { throw EmbeddingError.missingFile(path: path) }
        defer { fclose(file) }
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }

    /// A new folder below the system's temporary one; the caller removes it with ``removeFolder(_:)``.
    static func temporaryFolder() -> String {
        var template = Array("/tmp/carrel-embedding-XXXXXX".utf8CString)
        mkdtemp(&template)
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Removes a folder of ordinary files.
    static func removeFolder(_ path: String) {
        guard let directory = opendir(path) else { return }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { unlink(path + "/" + name) }
        }
        closedir(directory)
        rmdir(path)
    }

    private static func make(_ precision: ModelPack.Precision) throws -> String? {
        guard let source else { return nil }
        let path = temporaryFolder() + "/\(precision).pack"
        try ModelPack.write(modelDirectory: source, to: path, precision: precision)
        made.withLock { $0.append(path) }
        atexit { ModelFiles.removeMade() }
        return path
    }

    private static let made = Mutex<[String]>([])

    private static func removeMade() {
        for path in made.withLock({ $0 }) { removeFolder(parent(of: path)) }
    }

    private static func parent(of path: String) -> String {
        path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    }

    private static func findUpwards(_ folder: String, holding file: String) -> String? {
        var directory = testDirectory
        while !directory.isEmpty {
            let candidate = directory + "/" + folder
            if access(candidate + "/" + file, R_OK) == 0 { return candidate }
            directory = parent(of: directory)
        }
        return nil
    }
}

/// The text that a fixture holds in hexadecimal.
func textOfHexadecimal(_ digits: Substring) -> String {
    let values = digits.utf8.map { $0 >= 97 ? $0 - 87 : $0 - 48 }
    let bytes = stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    return String(decoding: bytes, as: UTF8.self)
}

func cosine(_ a: [Float], _ b: [Float]) -> Double {
    var dot = 0.0
    var lengths = (0.0, 0.0)
    for (x, y) in zip(a, b) {
        dot += Double(x) * Double(y)
        lengths.0 += Double(x) * Double(x)
        lengths.1 += Double(y) * Double(y)
    }
    return dot / (lengths.0 * lengths.1).squareRoot()
}
