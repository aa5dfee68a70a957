import A2A
package import JSON

/// Work in named steps: each is announced, done, and its output kept as an artifact before the next one begins.
///
/// A step's artifact is in the log before anybody is told of it. So after a restart the steps that were finished are not
/// done again: their outputs are read from there. A step that was broken off is done anew; it must not mind.
package struct Workflow: Sendable {
    /// One step.
    package struct Step: Sendable {
        let name: String
        let text: String
        let event: String?
        let work: @Sendable (SkillRun, JSONObject) async throws -> JSONValue

        /// Makes a step.
        /// - Parameters:
        ///   - text: What is said when it begins.
        ///   - event: What is said when it is done, if anything; also `event` in the metadata.
        ///   - work: Gets the outputs of the steps before by their names.
        package init(
            _ name: String, _ text: String, event: String? = nil,
            work: @escaping @Sendable (SkillRun, JSONObject) async throws -> JSONValue
        ) {
            self.name = name
            self.text = text
            self.event = event
            self.work = work
        }
    }

    /// A step that failed, and why.
    struct Failure: Error {
        let step: String
        let index: Int
        let total: Int
        let reason: any Error

        var metadata: JSONObject {
            ["step": .string(step), "index": .integer(Int64(index)), "total": .integer(Int64(total))]
        }
    }

    let steps: [Step]

    /// Makes a workflow.
    package init(_ steps: [Step]) { self.steps = steps }

    /// Does the steps in their order.
    /// - Returns: Their outputs by their names.
    package func run(_ run: SkillRun) async throws -> JSONObject {
        var outputs: JSONObject = [:]
        for (offset, step) in steps.enumerated() {
            let index = offset + 1
            let id = "step-\(index)"
            if let known = run.finished[id], known.name == step.name, let output = known.parts.first?.data {
                outputs[step.name] = output
                continue
            }
            do {
                var place: JSONObject = [
                    "step": .string(step.name), "index": .integer(Int64(index)), "total": .integer(Int64(steps.count)),
                ]
                try await run.say("\(step.text) (\(index)/\(steps.count))", metadata: place)
                let output = try await step.work(run, outputs)
                outputs[step.name] = output
                try await run.put(
                    Artifact(
                        artifactID: id, name: step.name, parts: [Part(.data(output), mediaType: "application/json")]))
                if let event = step.event {
                    place["event"] = .string(event)
                    try await run.say(event, metadata: place)
                }
            } catch let error as TaskPen.RunOver {
                throw error
            } catch let error as CancellationError {
                throw error
            } catch {
                throw Failure(step: step.name, index: index, total: steps.count, reason: error)
            }
        }
        return outputs
    }
}
