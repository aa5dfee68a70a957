import IndexCore
import JSON
import TenantStore

extension TenantEngine {
    /// Passages of one document, as many as the budget holds.
    /// - Throws: ``ApplianceError/documentNotFound(id:)``, ``ApplianceError/ambiguousDocument(id:collections:)``,
    ///   ``ApplianceError/invalidArgument(name:reason:)`` for an id or position that is not the document's,
    ///   ``ApplianceError/invalidCursor`` for a place in another version.
    package func passages(_ request: PassageRequest) async throws -> PassagePage {
        try await read { reader, snapshot in
            let found = try snapshot.selection(request.collection).compactMap { collection in
                try reader.document(request.documentID, in: collection.record.id).map { (collection.record.name, $0) }
            }
            guard let (collection, document) = found.first else {
                throw ApplianceError.documentNotFound(id: request.documentID)
            }
            guard found.count == 1 else {
                throw ApplianceError.ambiguousDocument(id: request.documentID, collections: found.map(\.0))
            }
            var page = PassagePage(
                documentID: document.id, collection: collection, title: document.title,
                passageCount: document.passageCount)
            try PassageReader(request: request, document: document, reader: reader).fill(&page)
            return page
        }
    }
}

/// Reads the chosen passages of one document one by one, until the budget is used up.
private struct PassageReader {
    let request: PassageRequest
    let document: StoredDocument
    let reader: TenantReader

    private var passages: Range<UInt32> { CollectionState.passages(of: document) }

    func fill(_ page: inout PassagePage) throws {
        let chosen = try choose(&page)
        var place = 0
        var told = 0
        if let resumption = request.resumption {
            place = Int(resumption.place)
            told = Int(resumption.told)
            guard resumption.version == passages.lowerBound, chosen.indices.contains(place) else {
                throw ApplianceError.invalidCursor
            }
        }
        var budget = request.byteBudget
        while place < chosen.count {
            let passage = try passage(chosen[place])
            let part = TextPart(of: passage.text, from: told, budget: max(budget - Self.entryBytes(passage), 0))
            // Only one that would fit into no answer is cut.
            guard part.isLast || page.entries.isEmpty else { break }
            page.entries.append(entry(passage, part))
            budget -= Self.entryBytes(passage) + JSONWriter.byteCount(of: part.text)
            guard part.isLast else {
                told = part.range.upperBound
                page.warnings.append("passage \(passage.id.rawValue) was cut to keep the answer small")
                break
            }
            place += 1
            told = 0
        }
        guard place < chosen.count else { return }
        let left = chosen.count - place
        page.warnings.append("\(left) of \(chosen.count) passages are left; next_cursor leads to them")
        page.next = PassageResumption(
            version: passages.lowerBound, place: UInt32(place), told: UInt32(told), digest: request.digest)
    }

    /// The ids asked for.
    private func choose(_ page: inout PassagePage) throws -> [PassageID] {
        let all = passages
        var range = all
        switch request.choice {
        case .all: break
        case .first(let count): range = all.prefix(count)
        case .last(let count): range = all.suffix(count)
        case .around(let position, let neighbours):
            let middle = try index(holding: position)
            range = all.prefix(middle + neighbours + 1).dropFirst(max(0, middle - neighbours))
        case .ids(let ids):
            for id in ids where !all.contains(id.rawValue) {
                throw ApplianceError.invalidArgument(
                    name: "ids",
                    reason:
                        "must be ids of this document's passages as it is now; \(id.rawValue) is none, they run from "
                        + "\(all.lowerBound) to \(all.upperBound - 1)")
            }
            return ids
        }
        return range.map { PassageID($0) }
    }

    /// The place of the passage that holds a scalar of the text, by halving: starts ascend.
    private func index(holding position: Int) throws -> Int {
        var low = 0
        var high = document.passageCount - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if try passage(PassageID(passages.lowerBound + UInt32(middle))).start <= position {
                low = middle
            } else {
                high = middle - 1
            }
        }
        let end = try passage(PassageID(passages.lowerBound + UInt32(low))).end
        guard position < end || position == 0 else {
            throw ApplianceError.invalidArgument(
                name: "around", reason: "must be a position in the text, from 0 to \(max(0, end - 1))")
        }
        return low
    }

    private func passage(_ id: PassageID) throws -> StoredPassage {
        guard let passage = try reader.passages([id], in: document.collection).first else {
            throw ApplianceError.internalFault("a document lacks a passage")
        }
        return passage
    }

    private func entry(_ passage: StoredPassage, _ part: TextPart) -> PassagePage.Entry {
        PassagePage.Entry(
            id: passage.id, number: Int(passage.id.rawValue - passages.lowerBound) + 1,
            range: passage.start + part.range.lowerBound..<passage.start + part.range.upperBound, page: passage.page,
            heading: passage.heading, text: part.text)
    }

    /// JSON bytes of an entry beside its text, generously.
    private static func entryBytes(_ passage: StoredPassage) -> Int {
        160 + (passage.heading.map(JSONWriter.byteCount) ?? 0)
    }
}
