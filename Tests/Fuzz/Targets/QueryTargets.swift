import Appliance
import BM25
import IndexCore
import JSON

extension FuzzTarget {
    /// Query text: anything is a query, its tree as text asks for the same, and an index can search for it.
    static let query = FuzzTarget("query") { bytes in
        let result = QueryParser.parse(bytes.text)
        let written = result.tree.description
        let again = QueryParser.parse(written)
        promise(again.tree == result.tree, "a tree as text is the same tree")
        promise(again.tree.description == written, "and the same text")
        promise(again.warnings.isEmpty, "what was written is understood")
        promise(result.warnings.count <= QueryTree.Limits.warningCount, "warnings are few")
        search(for: result.tree)
        let tree = try? QueryTree(json: result.tree.json, path: "expression")
        promise(tree == result.tree || result.tree.isTooLargeForJSON, "a tree as JSON is the same tree")
    }

    /// Query trees as JSON: what is taken is given back as it was, and an index can search for it.
    static let querytree = FuzzTarget("querytree") { bytes in
        guard let value = try? JSONValue(parsing: bytes), let tree = try? QueryTree(json: value, path: "expression")
        else { return }
        promise((try? QueryTree(json: tree.json, path: "expression")) == tree, "a tree as JSON is the same tree")
        _ = QueryParser.parse(tree.description)
        search(for: tree)
    }

    private static func search(for tree: QueryTree) {
        guard let compiled = try? library.keywords.compile(tree) else { return promise(false, "every tree compiles") }
        let result = try? library.keywords.search(compiled.expression, k: 3, live: library.live)
        promise(result != nil, "what was compiled is within the limits of a search")
    }

    /// A few passages whose words the corpus asks for.
    private static let library: (keywords: BM25Snapshot, live: IDSet) = {
        var builder = BM25SegmentBuilder()
        var live = IDSet()
        for (id, text) in ["machine learning finds patterns", "a draft of words", "title and carrel"].enumerated() {
            let id = PassageID(UInt32(id))
            builder.add(id, document: id, title: "A title", text: text)
            live.insert(id)
        }
        var index = BM25Index()
        index.append(builder.build())
        return (index.snapshot, live)
    }()
}

extension QueryTree {
    /// Whether it has more parts than a program may send: one clause of a text can be several.
    fileprivate var isTooLargeForJSON: Bool { partCount > Limits.termCount }

    private var partCount: Int {
        switch self {
        case .group(let group):
            (group.must + group.should + group.mustNot).reduce(1) { $0 + $1.partCount }
        case .boosted(let tree, _): tree.partCount
        case .everything, .words, .term, .prefix, .fuzzy, .phrase: 1
        }
    }
}
