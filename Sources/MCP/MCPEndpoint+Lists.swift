import JSON
import JSONRPC

extension MCPEndpoint {
    /// A list that comes page by page.
    public enum List: String, Sendable, Hashable {
        case tools, resources, resourceTemplates, prompts

        fileprivate var cache: CacheHint { self == .resources ? .privateNow : .privateFiveMinutes }
    }

    /// Entries per page: several clients read only the first one.
    public static let pageSize = 500

    /// The reply to a `…/list` method.
    ///
    /// - Parameters:
    ///   - entries: What this credential may see, in an order that is always the same.
    ///   - owner: Whose list it is; a cursor is good for its owner alone.
    public func listReply(to call: MCPCall, _ list: List, entries: [ListEntry], owner: String) -> MCPReply {
        listReply(to: call, list, entries: entries, owner: owner, pageSize: Self.pageSize)
    }

    /// The same with pages of another size, which tests use to see several.
    package func listReply(
        to call: MCPCall, _ list: List, entries: [ListEntry], owner: String, pageSize: Int
    ) -> MCPReply {
        let purpose = "mcp cursor \(list.rawValue) \(owner)"
        var start = 0
        if let text = call.method.cursor {
            guard let cursor = seal.open(text, purpose).flatMap(ListCursor.init) else {
                return errorReply(to: call, .invalidCursor)
            }
            start = cursor.start(in: entries)
        }
        let page = entries[start...].prefix(pageSize)
        return reply(to: call, cache: list.cache, reservingCapacity: page.reduce(512) { $0 + $1.encoded.count + 1 }) {
            writer in
            writer.key(list.rawValue)
            writer.beginArray()
            for entry in page { writer.raw(entry.encoded) }
            writer.endArray()
            if page.endIndex < entries.count, let last = page.last {
                let cursor = ListCursor(offset: UInt32(clamping: page.endIndex), last: last.id)
                writer.member("nextCursor", seal.seal(cursor.payload, purpose))
            }
        }
    }
}
