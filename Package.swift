// swift-tools-version: 6.2
import PackageDescription

/// Every target: imports are private unless stated, `any` is spelled out, warnings stop the build.
let base: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]
/// Targets that have no business touching raw memory.
let safe = base + [.strictMemorySafety()]

let package = Package(
    name: "carrel",
    products: [
        .executable(name: "carrel", targets: ["carrel"]),
        .library(name: "BM25", targets: ["BM25"]),
        .library(name: "HNSW", targets: ["HNSW"]),
        .library(name: "IndexCore", targets: ["IndexCore"]),
        .library(name: "GroundTruth", targets: ["GroundTruth"]),
        // The vector engine as the benchmark beside its rivals loads it
        .library(name: "CarrelVectors", type: .dynamic, targets: ["CarrelVectors"]),
    ],
    targets: [
        // Engines: synchronous, single writer, immutable readers
        .target(name: "CKernels"),
        .systemLibrary(name: "CBLAS", pkgConfig: "blas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CStemmer", providers: [.apt(["libstemmer-dev"])]),
        // What becomes of a mapped file that is cut short under its reader
        .target(name: "CMapping"),
        .target(name: "IndexCore", dependencies: ["CKernels", "CMapping"], swiftSettings: base),
        .target(name: "GroundTruth", dependencies: ["IndexCore", "CBLAS"], swiftSettings: base),
        .target(name: "BM25", dependencies: ["IndexCore", "CKernels", "CStemmer"], swiftSettings: base),
        .target(name: "HNSW", dependencies: ["IndexCore"], swiftSettings: base),
        .target(name: "Columns", dependencies: ["IndexCore"], swiftSettings: base),
        .target(name: "Embedding", dependencies: ["IndexCore", "CKernels", "COpenSSL"], swiftSettings: base),
        // Storage
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "TenantStore", dependencies: ["CSQLite", "IndexCore"], swiftSettings: base),
        // Access and wire
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        // Loaded when it is used: see its header
        .target(name: "CCurl"),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CEvent", pkgConfig: "libevent_core", providers: [.apt(["libevent-dev"])]),
        .systemLibrary(name: "CNGHTTP2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
        .target(name: "JSON", swiftSettings: base),
        .target(name: "JSONRPC", dependencies: ["JSON"], swiftSettings: safe),
        .target(name: "MCP", dependencies: ["JSONRPC", "JSON"], swiftSettings: safe),
        .target(name: "A2A", dependencies: ["JSONRPC", "JSON"], swiftSettings: safe),
        .target(name: "Access", dependencies: ["COpenSSL", "JSON"], swiftSettings: base),
        .target(name: "HTTPServer", dependencies: ["CEvent", "COpenSSL", "CNGHTTP2"], swiftSettings: base),
        // Files of people, read in a process of their own
        .systemLibrary(name: "CXML", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
        .systemLibrary(name: "CSandbox", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        .target(name: "Extraction", dependencies: ["CXML", "CZip", "CSandbox", "JSON"], swiftSettings: base),
        // The page: plain files, carried in the program as they are
        .target(
            name: "Console", path: "console",
            resources: [
                "index.html", "style.css", "icon.svg", "main.js", "api.js", "credential.js", "document.js", "dom.js",
                "keyboard.js", "live.js", "messages.js", "options.js", "results.js", "signin.js", "state.js",
                "text.js", "welcome.js",
            ].map { .embedInCode($0) },
            swiftSettings: base),
        // Composition
        .target(
            name: "Appliance",
            dependencies: [
                "IndexCore", "BM25", "HNSW", "Columns", "Embedding", "TenantStore", "Access", "HTTPServer", "JSON",
                "JSONRPC",
                "MCP", "A2A", "Extraction", "Console",
                "CCurl", "CMalloc",
            ],
            swiftSettings: base
        ),
        .executableTarget(
            name: "carrel", dependencies: ["Appliance", "Extraction"], swiftSettings: safe,
            // docs/decisions/0020: runs without the toolchain, loads only what it uses, finds the bundle's libraries.
            linkerSettings: [
                .unsafeFlags([
                    "-static-stdlib", "-Xlinker", "--as-needed", "-Xlinker", "--disable-new-dtags",
                    "-Xlinker", "-rpath=$ORIGIN/../lib/carrel",
                ])
            ]),
        // Tests and benchmarks
        .target(name: "TestKit", dependencies: ["IndexCore"], path: "Tests/TestKit", swiftSettings: base),
        // The same server with the tools, prompts, resources and agents that the protocols' own suites ask for
        .executableTarget(
            name: "carrel-conformance",
            dependencies: [
                "Appliance", "Access", "HTTPServer", "TenantStore", "MCP", "A2A", "JSONRPC", "JSON", "TestKit",
            ],
            path: "Tests/Conformance", swiftSettings: base),
        .testTarget(name: "IndexCoreTests", dependencies: ["IndexCore", "CKernels", "TestKit"], swiftSettings: base),
        .testTarget(
            name: "GroundTruthTests", dependencies: ["GroundTruth", "IndexCore", "TestKit"], swiftSettings: base),
        .testTarget(
            name: "BM25Tests", dependencies: ["BM25", "CStemmer", "IndexCore", "TestKit"],
            exclude: ["Fixtures", "tools"], swiftSettings: base),
        .testTarget(name: "ColumnsTests", dependencies: ["Columns", "IndexCore", "TestKit"], swiftSettings: base),
        .testTarget(
            name: "HNSWTests", dependencies: ["HNSW", "IndexCore", "Embedding", "TestKit"], swiftSettings: base),
        .testTarget(
            name: "EmbeddingTests", dependencies: ["Embedding", "IndexCore", "JSON", "TestKit"],
            exclude: ["Fixtures", "tools"], swiftSettings: base),
        .testTarget(
            name: "TenantStoreTests", dependencies: ["TenantStore", "IndexCore", "TestKit"], swiftSettings: base),
        .testTarget(
            name: "HTTPServerTests", dependencies: ["HTTPServer", "CNGHTTP2", "COpenSSL", "TestKit"],
            swiftSettings: base),
        .testTarget(name: "AccessTests", dependencies: ["Access", "COpenSSL", "JSON", "TestKit"], swiftSettings: base),
        .testTarget(name: "JSONTests", dependencies: ["JSON", "TestKit"], swiftSettings: base),
        .testTarget(name: "ExtractionTests", dependencies: ["Extraction", "JSON", "TestKit"], swiftSettings: base),
        .testTarget(
            name: "A2ATests", dependencies: ["A2A", "JSON"], exclude: ["Fixtures"], swiftSettings: base),
        .testTarget(
            name: "MCPTests", dependencies: ["MCP", "JSONRPC", "JSON", "Access", "TestKit"], swiftSettings: base),
        .testTarget(
            name: "ApplianceTests",
            dependencies: [
                "Appliance", "BM25", "Columns", "Embedding", "Extraction", "HNSW", "IndexCore", "TenantStore", "Access",
                "HTTPServer", "JSON", "JSONRPC", "MCP", "A2A",
                "TestKit",
            ],
            swiftSettings: base),
        // Parsers under fire: the targets, and a short run over their corpora
        .target(
            name: "FuzzTargets",
            dependencies: [
                "A2A", "Access", "Appliance", "BM25", "Columns", "HTTPServer", "IndexCore", "JSON", "JSONRPC", "MCP",
            ],
            path: "Tests/Fuzz/Targets", swiftSettings: base),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets", "TestKit"], swiftSettings: base),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "IndexCore", "BM25", "HNSW", "Embedding", "HTTPServer", "JSON", "Appliance", "Access", "TenantStore",
            ],
            path: "Benchmarks",
            exclude: ["README.md", "Lexical", "Vectors", "Serve/page.py", "Serve/protocol.py", "Serve/subscribers.py"],
            swiftSettings: base),
        .target(
            name: "CarrelVectors", dependencies: ["HNSW", "IndexCore"], path: "Benchmarks/Vectors/Library",
            swiftSettings: base),
    ],
    swiftLanguageModes: [.v6]
)

// The long run needs libFuzzer, which Scripts/fuzz.sh links; no other build knows of it.
if Context.environment["CARREL_FUZZ"] != nil {
    package.targets += [
        .target(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .executableTarget(
            name: "fuzz", dependencies: ["CFuzzer", "FuzzTargets"], path: "Tests/Fuzz/Driver", swiftSettings: base),
    ]
}
