import BM25
import CStemmer
import Foundation
import TestKit
import Testing

@Suite("Snowball")
struct SnowballTests {
    private typealias Stemmer = AnalyzerOptions.Stemmer

    private func term(_ word: String, _ stemmer: Stemmer) -> String? {
        let terms = AnalyzerOptions(stemmer: stemmer).tokens(of: word).map(\.term)
        return terms.count == 1 ? terms[0] : nil
    }

    @Test("every algorithm of libstemmer is offered, and no other")
    func names() {
        var names: Set<String> = ["none"]
        var list = sb_stemmer_list()
        while let name = list?.pointee {
            names.insert(String(cString: name))
            list = list?.advanced(by: 1)
        }
        #expect(names == Set(Stemmer.allCases.map(\.rawValue)))
    }

    /// From the sample vocabularies that stand beside the algorithms on snowballstem.org, their stems folded.
    private static let samples: [(Stemmer, String)] = [
        (.english, "consigned consign consigning consign consignment consign knackeries knackeri knights knight"),
        (.porter, "consigned consign knackeries knackeri generously gener"),
        (.french, "continuait continu continuellement continuel majestueusement majestu majorité major"),
        (.spanish, "chicas chic chicharrones chicharron torneo torne torniquete torniquet"),
        (.portuguese, "boataria boat boatos boat químicas quimic quimioterápicos quimioteráp"),
        (.italian, "abbandonata abbandon abbandonerò abbandon pronunciavano pronunc prontissima prontissim"),
        (.german, "aufeinander aufeinand aufeinanderfolgenden aufeinanderfolg kategorischen kategor häuser haus"),
        (.dutch, "lichamelijke licham lichaamsdelen lichaamsdel opgedane opgedan"),
        (.swedish, "jaktkarlens jaktkarl jakthundarna jakthund klostergården klostergard"),
        (.norwegian, "havnedistriktene havnedistrikt opning opning valgene valg"),
        (.danish, "indtagelsen indtag undersøgelserne undersog underste underst"),
        (.russian, "важнейшие важн вавиловки вавиловк пароходишка пароходишк новый нов"),
        (.finnish, "edeltäjien edeltaj innostuttavin innostuttav"),
    ]

    @Test("samples of the published vocabularies")
    func published() {
        for (stemmer, pairs) in Self.samples {
            let words = pairs.split(separator: " ").map(String.init)
            for place in stride(from: 0, to: words.count, by: 2) {
                #expect(term(words[place], stemmer) == FoldedText.fold(words[place + 1]), "\(stemmer) \(words[place])")
            }
        }
    }

    /// Plain sentences, so that every algorithm meets endings of its language.
    private static let texts: [(Stemmer, String)] = [
        (.arabic, "الكتاب والمدرسة يكتبون المعلمين للمكتبات كتابها مسلمون"),
        (.armenian, "գրքերը մարդկանց քաղաքներում հայերենի աշխարհը"),
        (.basque, "etxeetako liburuak haurrentzat euskararen ikasleekin"),
        (.catalan, "les biblioteques llegeixen ràpidament l'escriptora cançons germanes"),
        (.danish, "bøgerne læsernes biblioteker hurtigst undervisningen"),
        (.dutch, "boeken lezers bibliotheken mogelijkheden geïnteresseerden vriendelijkste"),
        (.english, "libraries readers quickly organization relational hopefulness dying skies"),
        (.finnish, "kirjastoissa lukijoiden kirjoittaminen nopeammin taloissamme"),
        (.french, "les bibliothèques étudiantes rapidement heureuses mangeaient naïvetés"),
        (.german, "Bibliotheken Häuser schönsten Möglichkeiten größere Bücherei Straßen"),
        (.greek, "βιβλιοθήκες αναγνώστες γρήγορα ανθρώπων Ελλάδας"),
        (.hindi, "किताबों पुस्तकालय लड़कियाँ पढ़ने भाषाओं"),
        (.hungarian, "könyvtárakban olvasóknak gyorsabban házaitok szerkesztője"),
        (.indonesian, "perpustakaan membaca penulisan bukunya mempertanyakan"),
        (.irish, "leabharlanna scríbhneoirí bhfear múinteoireacht"),
        (.italian, "biblioteche lettrici velocemente possibilità mangiavano dell'università"),
        (.lithuanian, "bibliotekose skaitytojams greičiausiai knygomis"),
        (.nepali, "पुस्तकालयहरू केटाहरूले भाषामा लेख्ने"),
        (.norwegian, "bøkene lesernes bibliotekene hurtigste undervisningen"),
        (.porter, "libraries readers quickly organization relational hopefulness"),
        (.portuguese, "bibliotecas leitores rapidamente organizações canções"),
        (.romanian, "bibliotecile cititorilor rapiditate împrumuturile copiilor"),
        (.russian, "библиотеки читателей быстрейший новый её ёлками организациях йодом"),
        (.serbian, "библиотеке књигама knjigama učiteljima najbrži"),
        (.spanish, "bibliotecas lectores rápidamente organizaciones niñas comiéndose"),
        (.swedish, "böckerna läsarnas biblioteken snabbaste undervisningen"),
        (.tamil, "நூலகங்கள் வாசகர்கள் புத்தகங்களை எழுதினார்கள்"),
        (.turkish, "kütüphanelerde okuyucuların çocuklarımız kitaplar ıssızlık"),
        (.yiddish, "ביכער לייענערס ביבליאָטעקן שרײַבן"),
    ]

    @Test("terms are libstemmer's stems of the words in lower case, folded")
    func agreesWithLibrary() throws {
        #expect(Set(Self.texts.map(\.0)).union([.none]) == Set(Stemmer.allCases))
        for (stemmer, text) in Self.texts {
            let library = try #require(sb_stemmer_new(stemmer.rawValue, nil))
            defer { sb_stemmer_delete(library) }
            for word in text.split(separator: " ").map(String.init) {
                let foldsFirst = stemmer == .english || stemmer == .porter
                var plain = word.lowercased().precomposedStringWithCanonicalMapping
                for article in ["l'", "dell'"] where plain.hasPrefix(article) { plain.removeFirst(article.count) }
                let bytes = Array((foldsFirst ? FoldedText.fold(plain) : plain).utf8)
                let stem = try #require(sb_stemmer_stem(library, bytes, Int32(bytes.count)))
                let expected = String(
                    decoding: UnsafeBufferPointer(start: stem, count: Int(sb_stemmer_length(library))), as: UTF8.self)
                #expect(term(word, stemmer) == FoldedText.fold(expected), "\(stemmer) \(word)")
                #expect(
                    term(word.decomposedStringWithCanonicalMapping, stemmer) == FoldedText.fold(expected), "\(word)")
            }
        }
    }

    @Test(
        "articles before an apostrophe are no part of the word",
        arguments: [
            (Stemmer.french, "l’avion", "avion"), (.french, "qu'elle", "elle"), (.french, "aujourd'hui", "aujourd'hui"),
            (.italian, "dell'università", "università"), (.catalan, "L'escola", "escola"),
            (.english, "l'avion", "l'avion"),
        ])
    private func elision(stemmer: Stemmer, word: String, rest: String) {
        #expect(term(word, stemmer) == term(rest, stemmer))
    }
}
