import Access
import Columns
import IndexCore
import Synchronization
package import TenantStore

/// Changes that are more than documents put or deleted by id.
extension TenantEngine {
    /// Documents looked at in one read, and deleted in one commit at most.
    private static let deletePage = 1_000

    /// Deletes every document whose metadata passes the filter, page by page.
    ///
    /// Documents are found outside the writer and looked at again in its turn, so one that changed in between is judged
    /// as it is then. Those that come in behind the page being read are not seen.
    /// - Parameters:
    ///   - options: Makes the rows of one commit from the number of its documents.
    ///   - goesOn: Asked before each page; when it says no, what was done stays and the report says that it is not all.
    package func delete(
        matching filter: DocumentCondition, collection: String?, options: @Sendable (Int) -> WriteOptions,
        while goesOn: () async throws -> Bool
    ) async throws -> DeleteReport {
        var report = DeleteReport()
        let collections = try published.current.selection(collection)
        try filter.check(in: collections)
        for name in collections.map(\.record.name) {
            var last: String?
            repeat {
                guard try await goesOn() else {
                    report.warnings.append("the time is up and there may be more to delete; send the same again")
                    return report
                }
                let page =
                    switch filter {
                    case .pairs(let pairs): try await matches(pairs, in: name, after: last)
                    case .filter(let filter): try await matches(filter, in: name)
                    }
                last = page.last
                guard !page.ids.isEmpty else { continue }
                do {
                    let deleted = try await delete(
                        page.ids, matching: filter, collection: name, options: options(page.ids.count)
                    ).deleted
                    report.deleted += deleted
                    // What was found and did not go has changed: a filter finds it again if it still passes.
                    if case .filter = filter, deleted == 0 { last = nil }
                } catch ApplianceError.unknownCollection {
                    // Dropped meanwhile: nothing of it is left to delete.
                    last = nil
                }
            } while last != nil
        }
        return report
    }

    /// The ids that pass on one page of a collection, and where the next page begins; no place at the end.
    private func matches(_ filter: MetadataFilter, in collection: String, after id: String?) async throws
        -> (ids: [String], last: String?)
    {
        try await read { reader, _ in
            guard let record = try reader.collections().first(where: { $0.name == collection }) else {
                return ([], nil)
            }
            let position = id.map { ListPosition(collection: collection, id: $0) }
            let documents = try reader.listDocuments(in: record.id, after: position, limit: Self.deletePage)
            let ids = try documents.filter { try filter.passes($0.metadata) }.map(\.id)
            return (ids, documents.count < Self.deletePage ? nil : documents.last?.id)
        }
    }

    /// How many documents a deletion by a filter would take.
    func count(_ filter: FilterExpression, collection: String?, deadline: SearchDeadline) async throws -> Int {
        try await read { _, snapshot in
            let collections = try snapshot.selection(collection)
            try DocumentCondition.filter(filter).check(in: collections)
            return try collections.reduce(0) { sum, collection in
                let scope = try MetadataScope(collection, filter: filter, deadline: deadline)
                return sum + scope.documents.count
            }
        }
    }

    /// The ids of documents that pass, up to a page of them, and a place while there may be more.
    ///
    /// A look at the columns finds them; those deleted meanwhile are no longer there the next time.
    private func matches(_ filter: FilterExpression, in collection: String) async throws
        -> (ids: [String], last: String?)
    {
        try await read { reader, snapshot in
            guard let collection = snapshot.collection(named: collection) else { return ([], nil) }
            let scope = try MetadataScope(collection, filter: filter, deadline: .none)
            let documents = scope.documents.documents
            let ids = try reader.documentIDs(
                byFirstPassage: Array(documents.prefix(Self.deletePage)), in: collection.record.id
            ).compactMap { $0 }
            // Where all of them have just gone there is still a place to go on from.
            return (ids, documents.count > Self.deletePage ? ids.last ?? "" : nil)
        }
    }

    /// Deletes a collection with all its documents.
    /// - Returns: How many documents it held.
    /// - Throws: ``ApplianceError/unknownCollection(name:existing:)``.
    package func dropCollection(_ name: String, options: WriteOptions = WriteOptions()) async throws -> Int {
        let result = Mutex<(collection: UInt32, documents: Int)?>(nil)
        try await step { state in
            let dropped = try state.drop(name, options: options)
            result.withLock { $0 = dropped }
        }
        guard let dropped = result.withLock({ $0 }) else { throw ApplianceError.internalFault("drop without result") }
        textsCut.withLock { $0[dropped.collection] = nil }
        return dropped.documents
    }

    // MARK: Uploads

    /// Begins a user's named upload, or goes on with it; a run of it before can write no more.
    /// - Throws: ``ApplianceError/uploadGap(name:committedLines:)``, ``ApplianceError/uploadConflict(name:collection:)``.
    package func beginUpload(_ name: String, of user: String, collection: String?, fromLine line: Int) async throws
        -> UploadRecord
    {
        let result = Mutex<UploadRecord?>(nil)
        try await step { state in
            let record = try state.beginUpload(name, of: user, collection: collection, fromLine: line)
            result.withLock { $0 = record }
        }
        guard let record = result.withLock({ $0 }) else { throw ApplianceError.internalFault("begin without result") }
        return record
    }

    /// Records progress of an upload that came with no documents.
    /// - Throws: ``ApplianceError/uploadTakenOver(name:)``.
    package func recordUpload(_ progress: UploadProgress) async throws {
        try await step { state in try state.recordUpload(progress) }
    }

    /// A user's upload of this name.
    package func upload(_ name: String, of user: String) async throws -> UploadRecord? {
        try await read { reader, _ in try reader.upload(name, of: user) }
    }

    /// One page of a user's uploads, the latest first.
    ///
    /// One that goes on while pages are read moves to the front, and the next page warns of it.
    package func uploads(of user: String, limit: Int, cursor: String?) async throws -> UploadPage {
        let cursors = cursors
        return try await read { reader, _ in
            let latest = try reader.uploads(of: user, limit: 1).first
            let pager = try ListPager(
                cursor, list: "jobs", request: [user],
                fingerprint: Array("\(latest?.updatedAt ?? 0) \(latest?.name ?? "")".utf8), placeCount: 2,
                cursors: cursors)
            let last = try pager.place.map { place in
                guard let time = Int64(place[0]) else { throw ApplianceError.invalidCursor }
                return UploadPosition(updatedAt: time, name: place[1])
            }
            let found = try reader.uploads(of: user, after: last, limit: limit + 1)
            var page = UploadPage(uploads: Array(found.prefix(limit)), warnings: pager.warnings)
            if found.count > limit, let last = page.uploads.last {
                page.nextCursor = pager.cursor(after: [String(last.updatedAt), last.name])
            }
            return page
        }
    }
}

/// One page of a user's uploads.
package struct UploadPage: Sendable {
    package var uploads: [UploadRecord]
    package var nextCursor: String?
    package var warnings: [String]
}
