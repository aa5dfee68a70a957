import HTTPServer

extension WriteCondition {
    /// The condition of a request that changes a document; nil where it makes none.
    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)``: a condition that cannot be read must not pass for none.
    init?(_ headers: HTTPHeaders) throws(ApplianceError) {
        let matching = try Self.tags("If-Match", headers)
        let notMatching = try Self.tags("If-None-Match", headers)
        guard matching != nil || notMatching != nil else { return nil }
        self.init(matching: matching, notMatching: notMatching)
    }

    private static func tags(_ name: String, _ headers: HTTPHeaders) throws(ApplianceError) -> EntityTags? {
        let fields = headers.values(name)
        guard !fields.isEmpty else { return nil }
        let tags = EntityTags(fields)
        guard !tags.isMalformed else {
            throw .invalidArgument(name: name, reason: "must be * or entity tags in quotes, as ETag gives them")
        }
        return tags
    }
}
