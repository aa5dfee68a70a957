import Columns
import JSON
import MCP

/// Whether documents may go: asked of the user where the client can show a form.
///
/// A client that cannot is answered at once: the call says what it wants gone, which is as explicit as a form
/// (docs/decisions/0031-deletes-ask-where-they-can.md). A filter that fits no field is refused before.
struct DeleteConfirmation {
    /// What is to go.
    enum Targets {
        case named([String])
        /// All that pass; how many they are now.
        case passing(FilterExpression, count: Int)
    }

    let targets: Targets
    let collection: String?

    enum Verdict {
        case goAhead
        case declined
        case ask(InputRequired)
    }

    private static let key = "confirm"
    /// What the client carries: that its user was shown this very call, which the seal binds it to.
    private static let asked = Array("asked".utf8)

    func verdict(_ request: MCPRequest) -> Verdict {
        guard request.client.showsForms else { return .goAhead }
        if request.state == Self.asked {
            if request.round.isDeclined(Self.key) { return .declined }
            switch request.round.acceptedForm(Self.key)?["ok"]?.boolValue {
            case true?: return .goAhead
            case false?: return .declined
            case nil: break
            }
        }
        return .ask(InputRequired(requests: JSONObject([(Self.key, form)]), state: Self.asked))
    }

    private var form: JSONValue {
        InputRequired.form(
            question, properties: ["ok": ["type": "boolean", "title": "Delete for good"]], required: ["ok"])
    }

    private var question: String {
        let place = collection.map { " from collection \($0)" } ?? ""
        let ids: [String]
        switch targets {
        case .named(let named): ids = named
        case .passing(let filter, let count):
            let text = filter.description
            let shown = text.unicodeScalars.count <= 300 ? text : String(text.unicodeScalars.prefix(297)) + "..."
            return "Delete all documents\(place) with \(shown) for good? There are \(count) of them now."
        }
        let shown = ids.prefix(5).map { id in
            id.unicodeScalars.count <= 60 ? id : String(String.UnicodeScalarView(id.unicodeScalars.prefix(57))) + "..."
        }
        let more = ids.count > shown.count ? " and \(ids.count - shown.count) more" : ""
        return ids.count == 1
            ? "Delete document \(shown[0])\(place) for good?"
            : "Delete \(ids.count) documents\(place) for good? They are: \(shown.joined(separator: ", "))\(more)"
    }
}
