import Embedding
import Glibc
import IndexCore
import JSON

extension Command {
    static let modelCommands: [Command] = [
        Command(
            "model pack", "SOURCE", kind: .folder,
            summary: "Make a model pack from a folder with model.safetensors and vocab.txt",
            options: [
                CommandOption("-o", "PACK", "where to write it (required)", kind: .file),
                CommandOption(
                    "--precision", "P", "q8 or float32 (default q8)", kind: .oneOf(["q8", "float32"])), .json,
            ]
        ) { arguments in
            let source = try arguments.operands("SOURCE")[0]
            let target = try arguments.required("-o")
            let precision = arguments["--precision"] ?? "q8"
            try ModelPack.write(
                modelDirectory: source, to: target, precision: precision == "q8" ? .q8 : .float32)
            if arguments.has("--json") {
                Terminal.output(["wrote": .string(target)])
            } else {
                Terminal.say("wrote \(target)")
            }
        },
        Command("model verify", "PACK", kind: .file, summary: "Check every byte of a model pack", options: [.json]) {
            arguments in
            let path = try arguments.operands("PACK")[0]
            let info = try ModelPack.verify(path)
            if arguments.has("--json") {
                Terminal.output([
                    "pack": .string(path), "space": .string(info.id.description),
                    "precision": .string("\(info.precision)"), "bytes": .integer(Int64(info.byteCount)),
                ])
            } else {
                Terminal.output("\(path) is whole: \(info.id.description), \(info.byteCount) bytes")
            }
        },
    ]

    static let version = Command(
        "version", summary: "Print the version, the model found and the instruction level of the processor",
        options: [.data, .json]
    ) {
        arguments in
        let configuration = try CommandEnvironment.configuration(arguments)
        let model = InstalledModel.candidates(configuration, dataFolder: configuration.dataFolder)
            .first { access($0, R_OK) == 0 }
        if arguments.has("--json") {
            Terminal.output([
                "version": .string(CommandLineTool.version), "model": model.map(JSONValue.string) ?? .null,
                "processor": .string("\(VectorKernels.level)"),
            ])
            return
        }
        Terminal.output("carrel \(CommandLineTool.version)")
        Terminal.output("model: \(model ?? "none found")")
        Terminal.output("processor: \(VectorKernels.level)")
    }
}
