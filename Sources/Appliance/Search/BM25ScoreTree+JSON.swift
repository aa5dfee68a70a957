import BM25
import JSON

extension BM25ScoreTree {
    /// The node as JSON, its children in it.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("kind", kind.rawValue)
        writer.member("matches", matches)
        writer.member("score", score)
        if kind != .boolean {
            writer.member("weight", weight)
            writer.member("boost", boost)
        }
        if !terms.isEmpty {
            writer.member("frequency", frequency)
            writer.member("norm_inverse", normInverse)
            writer.key("terms")
            writer.beginArray()
            for term in terms {
                writer.beginObject()
                writer.member("term", term.term.text)
                if term.term.field == .title { writer.member("field", "title") }
                writer.member("tf", term.frequency)
                writer.member("df", term.documentFrequency)
                writer.member("idf", term.inverseDocumentFrequency)
                if term.weight != 1 { writer.member("weight", term.weight) }
                writer.endObject()
            }
            writer.endArray()
        }
        if !children.isEmpty {
            writer.key("children")
            writer.beginArray()
            for child in children { child.write(to: &writer) }
            writer.endArray()
        }
        writer.endObject()
    }
}
