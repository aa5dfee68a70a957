import CZip
import Glibc

/// The text of a Word document: paragraphs, headings and tables of its main part.
///
/// A DOCX is a ZIP with XML in it. Three parts are read by their fixed names, each in pieces and up to a limit of
/// unpacked bytes; nothing is ever written, so the names of other parts do not matter.
enum DOCXText {
    /// - Parameter file: An open file; read from its start.
    static func extract(_ file: Int32) throws(ExtractionFailure) -> ExtractedDocument {
        let archive = try Archive(file)
        let styles = Styles()
        try archive.walk("word/styles.xml", limit: 16 << 20, isNeeded: false, styles)
        let properties = Properties()
        // A title is worth little: broken properties do not keep the text out.
        try? archive.walk("docProps/core.xml", limit: 1 << 20, isNeeded: false, properties)
        let body = Body(styles: styles)
        try archive.walk("word/document.xml", limit: ExtractionLimits.partBytes, isNeeded: true, body)
        let text = try body.text.finish()
        let title = properties.title.trimmed
        return ExtractedDocument(title: title.isEmpty ? body.title.trimmed : title, text: text)
    }

    /// The ZIP around it.
    private final class Archive {
        private let handle: OpaquePointer

        init(_ file: Int32) throws(ExtractionFailure) {
            var magic = [UInt8](repeating: 0, count: 4)
            _ = pread(file, &magic, 4, 0)
            if magic == [0xD0, 0xCF, 0x11, 0xE0] {
                throw ExtractionFailure("encrypted with a password, or an old .doc under the name of a .docx")
            }
            // A descriptor of its own, which the archive closes when it could be opened.
            let own = dup(file)
            guard let opened = zip_fdopen(own, 0, nil) else {
                close(own)
                throw ExtractionFailure("damaged: it is no ZIP archive, as a DOCX must be")
            }
            handle = opened
        }

        deinit {
            zip_discard(handle)
        }

        func walk(_ name: String, limit: Int, isNeeded: Bool, _ visitor: some MarkupVisitor) throws(ExtractionFailure) {
            let index = zip_name_locate(handle, name, 0)
            guard index >= 0 else {
                guard isNeeded else { return }
                throw ExtractionFailure("damaged: \(name) is missing in it")
            }
            guard let part = zip_fopen_index(handle, UInt64(index), 0) else {
                let isEncrypted = zip_error_code_zip(zip_get_error(handle)) == ZIP_ER_NOPASSWD
                throw ExtractionFailure(
                    isEncrypted ? "encrypted with a password" : "damaged: \(name) cannot be unpacked")
            }
            defer { zip_fclose(part) }
            let parser = try MarkupParser.XML(visitor)
            var block = [UInt8](repeating: 0, count: 64 << 10)
            var total = 0
            while !visitor.isDone {
                let count = Int(zip_fread(part, &block, UInt64(block.count)))
                guard count >= 0 else { throw ExtractionFailure("damaged: \(name) cannot be unpacked") }
                total += count
                guard total <= limit else {
                    throw ExtractionFailure("\(name) in it unpacks to more than \(limit >> 20) MiB")
                }
                try feed(parser, block, count)
                if count == 0 { break }
            }
        }

        private func feed(_ parser: MarkupParser.XML, _ block: [UInt8], _ count: Int) throws(ExtractionFailure) {
            // The closure rethrows untyped; what it throws is the parser's.
            let result: Result<Void, ExtractionFailure> = block.withUnsafeBufferPointer { bytes in
                do throws(ExtractionFailure) {
                    return .success(try parser.feed(UnsafeBufferPointer(rebasing: bytes[..<count]), isLast: count == 0))
                } catch {
                    return .failure(error)
                }
            }
            try result.get()
        }
    }

    /// Which paragraph styles are headings: by outline level, or by Word's own names, which are English in every file.
    private final class Styles: MarkupVisitor {
        private(set) var levels: [String: Int] = [:]
        private(set) var titles: Set<String> = []
        private var style: String?
        let isDone = false

        func open(_ name: String, attribute: (String) -> String?) {
            switch name {
            case "style": style = attribute("styleId")
            case "name":
                guard let style, let value = attribute("val")?.lowercased() else { return }
                if value == "title" { titles.insert(style) }
                if value.hasPrefix("heading "), let level = Int(value.dropFirst(8)), (1...9).contains(level) {
                    levels[style] = level
                }
            case "outlineLvl":
                guard let style, let level = attribute("val").flatMap({ Int($0) }), (0...8).contains(level) else {
                    return
                }
                levels[style] = level + 1
            default: break
            }
        }

        func close(_ name: String) {
            if name == "style" { style = nil }
        }

        func text(_ run: UnsafeBufferPointer<UInt8>) {}
    }

    private final class Properties: MarkupVisitor {
        private var bytes: [UInt8] = []
        private var isInTitle = false
        var title: String { String(decoding: bytes, as: UTF8.self) }
        var isDone: Bool { bytes.count > 4_096 }

        func open(_ name: String, attribute: (String) -> String?) { isInTitle = name == "title" }
        func close(_ name: String) { isInTitle = false }

        func text(_ run: UnsafeBufferPointer<UInt8>) {
            if isInTitle { bytes.append(contentsOf: run) }
        }
    }

    private final class Body: MarkupVisitor {
        var text = MarkupText()
        private var titleBytes: [UInt8] = []
        private let styles: Styles
        private var isText = false
        private var isTitle = false
        private var cells = 0
        /// How deep the walk is inside what repeats other content or is struck out.
        private var hidden = 0

        private static let unseen: Set<String> = ["Fallback", "del", "moveFrom"]
        var title: String { String(decoding: titleBytes, as: UTF8.self) }
        var isDone: Bool { text.isFull }

        init(styles: Styles) {
            self.styles = styles
        }

        func open(_ name: String, attribute: (String) -> String?) {
            if Self.unseen.contains(name) { hidden += 1 }
            guard hidden == 0 else { return }
            switch name {
            case "t": isText = true
            case "tab": text.add(" ")
            case "br", "cr":
                // An explicit page break is one of the few that a file knows; the others are the printer's.
                text.breakLine()
            case "tc": cells += 1
            case "pStyle":
                guard let style = attribute("val") else { return }
                if styles.titles.contains(style), titleBytes.isEmpty { isTitle = true }
                if let level = styles.titles.contains(style) ? 1 : styles.levels[style], cells == 0 {
                    text.beginHeading(level)
                }
            default: break
            }
        }

        func close(_ name: String) {
            if Self.unseen.contains(name) {
                hidden = max(0, hidden - 1)
                return
            }
            guard hidden == 0 else { return }
            switch name {
            case "t": isText = false
            case "p":
                text.endHeading()
                isTitle = false
                if cells > 0 { text.add(" ") } else { text.breakParagraph() }
            case "tc":
                cells = max(0, cells - 1)
                text.breakCell()
            case "tr": text.breakLine()
            case "tbl": text.breakParagraph()
            default: break
            }
        }

        func text(_ run: UnsafeBufferPointer<UInt8>) {
            guard isText, hidden == 0 else { return }
            text.add(run)
            if isTitle, titleBytes.count < 4_096 { titleBytes.append(contentsOf: run) }
        }
    }
}

extension MarkupText {
    fileprivate mutating func add(_ text: StaticString) {
        add(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
