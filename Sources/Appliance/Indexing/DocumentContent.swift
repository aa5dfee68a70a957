import Access
import Columns
import JSON
import TenantStore

/// Why one document of a write did not go in.
struct DocumentProblem: Error {
    var reason: String
}

/// A checked document: its name, its hash and its passages.
struct DocumentContent {
    let id: String
    /// SHA-256 over everything that is stored of it; equal hashes are an unchanged document.
    let hash: [UInt8]
    let document: NewDocument
    /// Its metadata as columns take it.
    let entries: MetadataEntries

    /// Longest id in bytes.
    static let longestID = 512
    /// Longest title in bytes.
    static let longestTitle = 4_096

    /// - Throws: ``DocumentProblem``.
    init(_ input: DocumentInput, mode: PassageMode, in collection: CollectionState) throws(DocumentProblem) {
        try Self.check(input)
        let vectors = try BroughtVectors(input, in: collection)
        let metadata = JSONValue.object(input.metadata).encoded()
        entries = input.metadata.columnEntries
        hash = Self.hash(title: input.title, text: input.text, metadata: metadata, vectors: vectors)
        id = input.id ?? Digest.hexadecimal(Array(hash.prefix(16)))
        let pieces =
            switch mode {
            case .auto: PassageSplitter().split(input.text)
            case .whole: PassageSplitter().whole(input.text)
            }
        var document = NewDocument(
            id: id, title: input.title, metadata: metadata, contentHash: hash, updatedAt: Timestamp.now.milliseconds,
            passages: pieces.enumerated().map { index, piece in
                NewPassage(
                    text: piece.text,
                    textHash: Self.textHash(
                        title: Self.indexedTitle(input.title, heading: piece.heading), passage: piece.text,
                        embedding: index == 0 ? vectors.models : nil),
                    start: piece.start, end: piece.end, page: piece.page, heading: piece.heading)
            })
        var brought = vectors.callers
        brought[collection.modelSpace] = vectors.models
        document.suppliedVectors = brought.mapValues { vector in pieces.indices.map { $0 == 0 ? vector : nil } }
        self.document = document
    }

    private static func check(_ input: DocumentInput) throws(DocumentProblem) {
        if let id = input.id {
            guard (1...longestID).contains(id.utf8.count) else {
                throw DocumentProblem(reason: "id must have 1 to \(longestID) bytes, not \(id.utf8.count)")
            }
            guard !id.utf8.contains(0) else {
                throw DocumentProblem(reason: "id must not contain a NUL character")
            }
        }
        guard input.title.utf8.count <= longestTitle else {
            throw DocumentProblem(
                reason: "title must have at most \(longestTitle) bytes, not \(input.title.utf8.count)")
        }
        guard !input.title.isEmpty || !input.text.isEmpty else {
            throw DocumentProblem(reason: "title and text are both empty")
        }
    }

    private static func hash(title: String, text: String, metadata: [UInt8], vectors: BroughtVectors) -> [UInt8] {
        var record: [UInt8] = []
        record.reserveCapacity(title.utf8.count + text.utf8.count + metadata.count + 32)
        append(title.utf8, to: &record)
        append(text.utf8, to: &record)
        append(metadata, to: &record)
        append(vectors.models, to: &record)
        for (name, vector) in vectors.callers.sorted(by: { $0.key < $1.key }) {
            append(name.utf8, to: &record)
            append(vector, to: &record)
        }
        return Digest.sha256(record)
    }

    private static func append(_ embedding: [Float]?, to record: inout [UInt8]) {
        for number in embedding ?? [] {
            withUnsafeBytes(of: number.bitPattern.littleEndian) { record.append(contentsOf: $0) }
        }
    }

    private static func append(_ bytes: some Collection<UInt8>, to record: inout [UInt8]) {
        withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { record.append(contentsOf: $0) }
        record.append(contentsOf: bytes)
    }

    /// What a vector follows: the first 16 bytes of the hash of the text the embedder reads.
    ///
    /// A caller's own vector counts as part of its text: it never passes for the embedder's, nor one of theirs for
    /// another.
    static func textHash(title: String, passage: String, embedding: [Float]? = nil) -> [UInt8] {
        var record = Array(embeddedText(title: title, passage: passage).utf8)
        if embedding != nil {
            // No UTF-8 text holds this byte.
            record.append(0xFF)
            append(embedding, to: &record)
        }
        return Array(Digest.sha256(record).prefix(16))
    }

    /// The title under which a passage is indexed: the document's, and the heading it stands under where that says
    /// something else.
    static func indexedTitle(_ title: String, heading: String?) -> String {
        guard let heading, heading != title else { return title }
        return title.isEmpty ? heading : title + "\n" + heading
    }

    /// The text of a passage as the embedder reads it.
    static func embeddedText(title: String, passage: String) -> String {
        if title.isEmpty { return passage }
        return passage.isEmpty ? title : title + "\n" + passage
    }
}
