package import BM25
package import JSON
import TenantStore

/// What a collection's owner may set: how its texts become terms, how terms are scored, how vectors are indexed, and how the
/// two rankings are joined.
///
/// JSON is its one form outside this process: in requests, answers, files of the command line and `tenant.sqlite`.
package struct CollectionSettings: Sendable, Hashable {
    package var parameters: BM25Parameters
    /// Of the spaces that models fill.
    package var vectors = SpaceSettings()
    /// The space of searches that name none; nil leaves it to the models there are.
    package var defaultSpace: String?
    package var fusion = FusionSettings()
    /// Of the spaces that callers fill, by name; in rows alone, since spaces are made and dropped one by one.
    package var spaces: [String: SpaceSettings] = [:]

    package init(parameters: BM25Parameters = BM25Parameters()) {
        self.parameters = parameters
    }

    /// Those of one space.
    func settings(of space: String) -> SpaceSettings { spaces[space] ?? vectors }

    static let k1Range = 0.0...100.0
    static let bRange = 0.0...1.0
    static let titleWeightRange = 0...16
    /// Bytes of one rule of synonyms, and of one word in a list.
    static let ruleLimit = 4_096
    static let wordLimit = 255

    /// Reads settings; what is left out has its default.
    /// - Throws: ``ApplianceError/invalidArgument(name:reason:)``, which names the member.
    package init(_ object: JSONObject) throws(ApplianceError) {
        var fields = Fields(object)
        try self.init(&fields)
        try fields.finish()
    }

    private init(_ fields: inout Fields) throws(ApplianceError) {
        let k1 = try fields.number("k1", in: Self.k1Range)
        let b = try fields.number("b", in: Self.bRange)
        let titleWeight = try fields.integer("title_weight", in: Self.titleWeightRange)
        let analysis = try fields.object("analysis")
        if let object = try fields.object("vectors") {
            var members = Fields(object, prefix: "vectors.")
            vectors = try SpaceSettings(&members, takesMetric: false)
            try members.finish()
        }
        if !fields.takeNull("default_space") { defaultSpace = try fields.text("default_space") }
        fusion = try FusionSettings(&fields)
        let usual = BM25Parameters()
        parameters = BM25Parameters(
            k1: k1 ?? usual.k1, b: b ?? usual.b, titleWeight: titleWeight ?? usual.titleWeight,
            analyzer: try analysis.map(AnalysisFields.read) ?? usual.analyzer)
    }

    /// The same settings, every member written out.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writeMembers(to: &writer)
        writer.endObject()
    }

    /// The entity tag of the settings of one collection, quotes included: equal tags, equal members.
    ///
    /// It says nothing of how far an index has come, nor of the spaces that callers fill.
    func tag(of collection: UInt32) -> String {
        var writer = JSONWriter()
        write(to: &writer)
        return EntityTags.strong(of: Array("carrel settings 1\u{0}\(collection)\u{0}".utf8) + writer.bytes)
    }

    private func writeMembers(to writer: inout JSONWriter) {
        writer.member("k1", parameters.k1)
        writer.member("b", parameters.b)
        writer.member("title_weight", parameters.titleWeight)
        writer.key("analysis")
        AnalysisFields.write(parameters.analyzer, to: &writer)
        writer.key("vectors")
        writer.beginObject()
        vectors.writeMembers(to: &writer, withMetric: false)
        writer.endObject()
        if let defaultSpace { writer.member("default_space", defaultSpace) }
        fusion.writeMembers(to: &writer)
    }

    // MARK: In rows

    /// The settings of a row of collections: those in use, and those wanted.
    /// - Throws: ``ApplianceError/corrupt(what:)`` when a row holds what no version of ours wrote.
    static func stored(_ record: CollectionRecord) throws -> (wanted: CollectionSettings, indexed: CollectionSettings) {
        guard let stored = record.settings else {
            let usual = CollectionSettings(parameters: BM25Parameters(titleWeight: record.titleWeight))
            return (usual, usual)
        }
        func parse(_ text: String) throws -> CollectionSettings {
            guard let object = try JSONValue(parsing: text).objectValue else {
                throw ApplianceError.invalidArgument(name: "settings", reason: "must be an object")
            }
            var fields = Fields(object)
            var settings = try CollectionSettings(&fields)
            for (name, value) in try fields.object("spaces")?.members ?? [] {
                var members = Fields(value.objectValue ?? [:], prefix: "spaces.\(name).")
                settings.spaces[name] = try SpaceSettings(&members, takesMetric: true)
                try members.finish()
            }
            try fields.finish()
            return settings
        }
        do {
            return (try parse(stored.wanted), try parse(stored.indexed))
        } catch {
            throw ApplianceError.corrupt(what: "the settings of collection \(record.name): \(error)")
        }
    }

    /// As a row keeps them.
    var text: String {
        var writer = JSONWriter()
        writer.beginObject()
        writeMembers(to: &writer)
        writer.key("spaces")
        writer.beginObject()
        for (name, settings) in spaces.sorted(by: { $0.key < $1.key }) {
            writer.key(name)
            writer.beginObject()
            settings.writeMembers(to: &writer, withMetric: true)
            writer.endObject()
        }
        writer.endObject()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
