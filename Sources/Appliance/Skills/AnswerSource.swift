import JSON

/// A passage that an answer may be taken from.
struct AnswerSource: Sendable {
    /// From 1, as in `[1]`.
    var number: Int
    var documentID: String
    var collection: String
    var title: String
    /// Borders in the document's text, in Unicode scalars.
    var start: Int
    var end: Int
    var page: Int?
    var heading: String?
    /// How well it fits, 0 to 1.
    var score: Double
    var text: String

    var uri: String { DocumentURI.make(collection: collection, id: documentID) }

    var json: JSONValue {
        var object: JSONObject = [
            "number": .integer(Int64(number)), "doc_id": .string(documentID), "collection": .string(collection),
            "uri": .string(uri), "title": .string(title), "score": .number(score),
        ]
        var passage: JSONObject = ["start": .integer(Int64(start)), "end": .integer(Int64(end))]
        passage["page"] = page.map { .integer(Int64($0)) }
        passage["heading"] = heading.map { .string($0) }
        object["passage"] = .object(passage)
        object["text"] = .string(text)
        return .object(object)
    }

    /// Reads what ``json`` wrote, as after a restart.
    /// - Throws: ``ApplianceError/corrupt(what:)``.
    init(_ json: JSONValue) throws {
        guard let number = json["number"]?.integerValue, let id = json["doc_id"]?.stringValue,
            let collection = json["collection"]?.stringValue, let passage = json["passage"],
            let start = passage["start"]?.integerValue, let end = passage["end"]?.integerValue,
            let text = json["text"]?.stringValue
        else { throw ApplianceError.corrupt(what: "a source of an answer") }
        self.init(
            number: Int(number), documentID: id, collection: collection, title: json["title"]?.stringValue ?? "",
            start: Int(start), end: Int(end), page: passage["page"]?.integerValue.map { Int($0) },
            heading: passage["heading"]?.stringValue, score: json["score"]?.doubleValue ?? 0, text: text)
    }

    init(
        number: Int, documentID: String, collection: String, title: String, start: Int, end: Int, page: Int?,
        heading: String?, score: Double, text: String
    ) {
        self.number = number
        self.documentID = documentID
        self.collection = collection
        self.title = title
        self.start = start
        self.end = end
        self.page = page
        self.heading = heading
        self.score = score
        self.text = text
    }
}

/// A sentence of an answer and where it stands.
package struct AnswerClaim: Sendable, Equatable {
    /// Byte for byte as in the source.
    package var text: String
    /// The number of the source.
    package var source: Int
    /// Borders in the document's text, in Unicode scalars.
    package var start: Int
    package var end: Int

    var json: JSONObject {
        [
            "text": .string(text), "source": .integer(Int64(source)), "start": .integer(Int64(start)),
            "end": .integer(Int64(end)),
        ]
    }

    /// Reads what ``json`` wrote.
    /// - Throws: ``ApplianceError/corrupt(what:)``.
    init(_ json: JSONValue) throws {
        guard let text = json["text"]?.stringValue, let source = json["source"]?.integerValue,
            let start = json["start"]?.integerValue, let end = json["end"]?.integerValue
        else { throw ApplianceError.corrupt(what: "a sentence of an answer") }
        self.init(text: text, source: Int(source), start: Int(start), end: Int(end))
    }

    package init(text: String, source: Int, start: Int, end: Int) {
        self.text = text
        self.source = source
        self.start = start
        self.end = end
    }
}
