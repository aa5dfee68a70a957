import BM25
import Columns
import IndexCore
import TenantStore

/// One document version to write.
struct DocumentInsertion {
    var document: NewDocument
    /// Its metadata as columns take it.
    var entries: [FieldEntry]
    /// The stored version it replaces.
    var old: StoredDocument?
}

/// What a batch has decided about one document.
enum DocumentChange {
    case insert(DocumentInsertion)
    case delete(StoredDocument)
}

/// The writing half of a ``WriteBatch``: builds the new segments, then writes all rows in one transaction.
struct BatchCommit {
    let writer: TenantWriter
    let usage: [UsageRow]
    let audit: [AuditRow]
    let uploads: [UploadProgress]

    /// Writes the changes, in their order, by name of their collection.
    /// - Parameter collections: Every collection, those that the batch makes included.
    /// - Returns: The state of every collection, to be published.
    func run(_ groups: [String: [DocumentChange]], on collections: [String: CollectionState]) throws
        -> [String: CollectionState]
    {
        // Built before the transaction, since the writer knows the next ids: the lock on the file stays short.
        var ready: [String: PreparedGroup] = [:]
        for (name, group) in groups {
            guard let state = collections[name] else { throw ApplianceError.internalFault("no state of collection") }
            ready[name] = try prepare(group, state)
        }
        var draft = collections
        try writer.transaction {
            for name in draft.keys.sorted() {
                guard var state = draft[name] else { continue }
                if !state.isStored {
                    state.record = try writer.createCollection(
                        name: name, passageMode: state.record.passageMode, titleWeight: state.record.titleWeight)
                    state.isStored = true
                }
                if let group = ready[name] {
                    try write(group, to: &state)
                }
                draft[name] = state
            }
            for upload in uploads { try writer.recordUpload(upload, at: Timestamp.now.milliseconds) }
            try writer.appendUsage(usage)
            try writer.appendAudit(audit)
        }
        return draft
    }

    private struct PreparedGroup {
        var deletions: [StoredDocument] = []
        var insertions: [(insertion: DocumentInsertion, first: PassageID)] = []
        var segment: BM25Segment?
        /// The same passages for the index under way.
        var nextSegment: BM25Segment?
        var nextPassage: UInt32
    }

    private func prepare(_ group: [DocumentChange], _ state: CollectionState) throws -> PreparedGroup {
        var next = state.record.nextPassage
        var prepared = PreparedGroup(nextPassage: next)
        var builder = BM25SegmentBuilder(parameters: state.settings.parameters)
        var nextBuilder = state.reindexing.map { BM25SegmentBuilder(parameters: $0.parameters) }
        for change in group {
            switch change {
            case .delete(let stored):
                prepared.deletions.append(stored)
            case .insert(let insertion):
                let count = UInt32(insertion.document.passages.count)
                guard UInt32.max - next > count else { throw ApplianceError.collectionFull(name: state.record.name) }
                let first = PassageID(next)
                for (offset, passage) in insertion.document.passages.enumerated() {
                    let id = PassageID(next + UInt32(offset))
                    let title = DocumentContent.indexedTitle(insertion.document.title, heading: passage.heading)
                    builder.add(id, document: first, title: title, text: passage.text)
                    nextBuilder?.add(id, document: first, title: title, text: passage.text)
                }
                prepared.insertions.append((insertion, first))
                next += count
            }
        }
        prepared.nextPassage = next
        let isEmpty = builder.passageCount == 0
        prepared.segment = isEmpty ? nil : builder.build()
        prepared.nextSegment = isEmpty ? nil : nextBuilder.take()?.build()
        return prepared
    }

    private func write(_ group: PreparedGroup, to state: inout CollectionState) throws {
        var touched: Set<UInt32> = []
        func touch(_ passages: Range<UInt32>) {
            for chunk in passages.lowerBound >> 12...(passages.upperBound - 1) >> 12 {
                touched.insert(chunk)
            }
        }
        for stored in group.deletions {
            try writer.delete(stored)
            state.remove(stored)
            touch(CollectionState.passages(of: stored))
        }
        var added: [ColumnDocument] = []
        for (insertion, first) in group.insertions {
            let arrived = try writer.replace(
                insertion.document, old: insertion.old, in: state.record, firstPassage: first)
            if let old = insertion.old {
                state.remove(old)
                touch(CollectionState.passages(of: old))
            }
            let passages = first.rawValue..<first.rawValue + UInt32(insertion.document.passages.count)
            state.live.insert(passages)
            state.documentCount += 1
            added.append(ColumnDocument(first, passageCount: passages.count, entries: insertion.entries))
            touch(passages)
            for (name, vectors) in arrived { try place(vectors, in: &state.spaces[name]) }
        }
        state.record.nextPassage = group.nextPassage
        try writer.setNextPassage(group.nextPassage, in: state.record.id)
        try writer.saveLiveChunks(
            touched.sorted().map { LiveChunk(index: $0, bytes: state.live.chunkBytes($0)) }, in: state.record.id)
        if let segment = group.segment {
            state.keywords.append(segment, live: state.live)
        }
        if let segment = group.nextSegment {
            state.reindexing?.written.append(segment)
        }
        state.columns.append(added, live: state.live)
        try writer.saveFields(state.columns.catalog.unsavedRecords, in: state.record.id)
        state.columns.catalog.markSaved()
    }

    /// Puts the vectors that came with a document or survived its update into the index of their space.
    private func place(_ vectors: [CopiedVector], in space: inout SpaceState?) throws {
        for vector in vectors {
            try vector.vector.withUnsafeBytes { bytes in
                try space?.append(vector.id, document: vector.document, bytes: bytes)
            }
        }
    }
}
