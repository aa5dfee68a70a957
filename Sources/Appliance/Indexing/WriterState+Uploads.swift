import TenantStore

extension WriterState {
    /// How long an upload is remembered after its last commit, in milliseconds.
    private static let uploadMemory: Int64 = 30 * 86_400_000

    /// Begins a named upload, or goes on with it.
    /// - Parameter line: The first line of the body, from 1.
    /// - Throws: ``ApplianceError/uploadGap(name:committedLines:)`` when lines would be missing,
    ///   ``ApplianceError/uploadConflict(name:collection:)`` when it began for another collection.
    func beginUpload(_ name: String, of user: String, collection: String?, fromLine line: Int) throws -> UploadRecord {
        if line > 1 {
            let known = try writer.upload(name, of: user)
            guard let known, known.committedLines >= line - 1 else {
                throw ApplianceError.uploadGap(name: name, committedLines: known?.committedLines ?? 0)
            }
            guard known.collection == collection ?? "" else {
                throw ApplianceError.uploadConflict(name: name, collection: known.collection)
            }
        }
        let now = Timestamp.now.milliseconds
        return try writer.transaction {
            try writer.beginUpload(
                name, of: user, collection: collection ?? "", after: line - 1, at: now,
                forgettingBefore: now - Self.uploadMemory)
        }
    }

    /// Records progress that came with no documents, such as an upload's end.
    /// - Throws: ``ApplianceError/uploadTakenOver(name:)``.
    func recordUpload(_ progress: UploadProgress) throws {
        guard try writer.upload(progress.name, of: progress.user)?.run == progress.run else {
            throw ApplianceError.uploadTakenOver(name: progress.name)
        }
        try writer.transaction { try writer.recordUpload(progress, at: Timestamp.now.milliseconds) }
    }
}
