import SecureBERTTraining
import TestSupport
import Testing

@Suite struct FinetuningRefusalTests {
    let tiny: TinyFinetuning
    init() throws { tiny = try TinyFinetuning() }

    @Test(arguments: [
        ("[ner]\nloss = \"hinge\"", "cross-entropy, focal, crf"), ("[ner]\nlos = \"crf\"", "did you mean loss?"),
        ("[ner]\ntight-text = 2", "found 2"), ("[freeze]\nlayers = -1", "found -1"),
        ("[ner]\nloss = \"crf\"\nbalance = \"weights\"", "no weights of types"),
        ("[ner]\nloss = \"crf\"\n[ner.weights]\nMalware = 2", "no weights of types"),
        ("[ner]\nbalance = \"even\"", "none, weights, sampling"), ("[ner.weights]\nMalware = 0", "found 0"),
    ]) func unknownKeysAndImpossibleValues(task: String, message: String) throws {
        let error = try #require(throws: RecipeError.self) { try TokenClassificationRecipe(path: tiny.recipe(task)) }
        #expect(error.description.contains(message), "\(error)")
    }

    @Test func keysThatWouldHaveNoEffect() throws {
        let seed = try #require(throws: RecipeError.self) {
            try TokenClassificationRecipe(path: tiny.recipe("", [("seeds = [5]", "seed = 7")]))
        }
        #expect(seed.description.contains("expected \"seeds\""), "\(seed)")
        let negatives = try #require(throws: RecipeError.self) {
            try EmbeddingRecipe(path: tiny.recipe("[embed]\nloss = \"triplet\"\nnegatives = 0"))
        }
        #expect(negatives.description.contains("at least 1 for the triplet loss"), "\(negatives)")
        for loss in ["focal", "asymmetric"] {
            let smoothing = try #require(throws: RecipeError.self) {
                try SequenceClassificationRecipe(
                    path: tiny.recipe("[classify]\nloss = \"\(loss)\"\nlabel-smoothing = 0.1"))
            }
            #expect(smoothing.description.contains("does not smooth"), "\(smoothing)")
        }
    }

    @Test func tagsThatTrainingDoesNotKnow() throws {
        let recipe = try TokenClassificationRecipe(path: tiny.recipe(""))
        let error = try #require(throws: TrainingError.self) {
            try TokenClassificationTask(
                recipe, train: TinyFinetuning.sentences, valid: [TaggedSentence(words: ["x"], tags: ["B-Tool"])],
                seed: 1, compute: tiny.compute)
        }
        #expect(error.description.contains("\"B-Tool\""))
    }

    @Test func typesThatTrainingDoesNotHave() throws {
        let recipe = try TokenClassificationRecipe(path: tiny.recipe("[ner.types]\nTOOL = \"Tool\""))
        func task(extra: [TaggedSentence], names: [String: [String]]) throws {
            _ = try TokenClassificationTask(
                recipe, train: TinyFinetuning.sentences, extra: extra, names: names, valid: [], seed: 1,
                compute: tiny.compute)
        }
        let extra = [TaggedSentence(words: ["nmap"], tags: ["B-TOOL"])]
        let mapped = try #require(throws: TrainingError.self) { try task(extra: extra, names: [:]) }
        #expect(mapped.description.contains("ner.types maps to the type \"Tool\""), "\(mapped)")
        let listed = try #require(throws: TrainingError.self) { try task(extra: [], names: ["Tool": ["nmap"]]) }
        #expect(listed.description.contains("the list of names has the type \"Tool\""), "\(listed)")
        let weighted = try TokenClassificationRecipe(path: tiny.recipe("[ner.weights]\nTool = 2"))
        let unknown = try #require(throws: TrainingError.self) {
            try TokenClassificationTask(
                weighted, train: TinyFinetuning.sentences, valid: [], seed: 1, compute: tiny.compute)
        }
        #expect(unknown.description.contains("ner.weights has the type \"Tool\""), "\(unknown)")
    }

    @Test func sequencesLongerThanTheModel() throws {
        let recipe = try TokenClassificationRecipe(path: tiny.recipe("", [("length = 48", "length = 100000")]))
        let error = try #require(throws: TrainingError.self) {
            try TokenClassificationTask(
                recipe, train: TinyFinetuning.sentences, valid: [], seed: 1, compute: tiny.compute)
        }
        #expect(error.description.contains("maximum-length is 100000"))
    }

    @Test func localLayersOfAModelWithout() throws {
        let recipe = try TokenClassificationRecipe(
            path: tiny.recipe("", from: "bert-mlm", [("maximum-length", "local-attention = 8\nmaximum-length")]))
        let error = try #require(throws: TrainingError.self) {
            try TokenClassificationTask(
                recipe, train: TinyFinetuning.sentences, valid: [], seed: 1, compute: tiny.compute)
        }
        #expect(error.description.contains("local-attention is for ModernBERT"), "\(error)")
    }

    @Test func lossesThatDoNotFitTheLabels() throws {
        func complaint(_ keys: String, isMultiLabel: Bool) throws -> String {
            let recipe = try SequenceClassificationRecipe(path: tiny.recipe("[classify]\n\(keys)"))
            return try #require(throws: TrainingError.self) {
                try SequenceClassificationTask(
                    recipe, labels: ["a", "b"], isMultiLabel: isMultiLabel, train: [ClassifiedText("x", labels: [0])],
                    valid: [], seed: 1, compute: tiny.compute)
            }.description
        }
        #expect(try complaint("loss = \"asymmetric\"", isMultiLabel: false).contains("is for several labels"))
        #expect(
            try complaint("loss = \"asymmetric\"\nbalance = \"weights\"", isMultiLabel: true)
                .contains("has no weights"))
    }

    @Test func aTeacherWithoutScores() throws {
        let recipe = try RerankRecipe(path: tiny.recipe("[rerank]\nloss = \"distillation\""))
        let example = EmbeddingExample(query: "a", passage: "b", negatives: ["c"])
        let missing = try #require(throws: TrainingError.self) {
            try RerankTask(recipe, train: [example], valid: [], seed: 1, compute: tiny.compute)
        }
        #expect(missing.description.contains("mine --teacher"), "\(missing)")
        try tiny.folder.write(
            "few.jsonl", #"{"query": "a", "positive": "b", "negatives": ["c", "d"], "scores": [1, 0]}"#)
        let few = try #require(throws: CorpusError.self) {
            try EmbeddingData.examples(path: tiny.folder.file("few.jsonl"))
        }
        #expect(few.description.contains("line 1") && few.description.contains("2 scores, expected 3"), "\(few)")
    }

    @Test func anotherRecipeOnTheSameFolder() throws {
        let first = try TokenClassificationRecipe(path: tiny.recipe("", [("epochs = 12", "epochs = 1")]))
        func task(_ recipe: TokenClassificationRecipe, _ seed: UInt64) throws -> TokenClassificationTask {
            try TokenClassificationTask(
                recipe, train: TinyFinetuning.sentences, valid: TinyFinetuning.sentences, seed: seed,
                compute: tiny.compute)
        }
        try tiny.run(first.common) { try task(first, $0) }
        let second = try TokenClassificationRecipe(path: tiny.recipe("[ner]\nfocus = 3.0"))
        let error = try #require(throws: TrainingError.self) { try tiny.run(second.common) { try task(second, $0) } }
        #expect(error.description.contains("another recipe"))
    }

    @Test func answersThatAreNotInTheirContext() throws {
        try tiny.folder.write(
            "squad.json",
            """
            {"data": [{"paragraphs": [{"context": "the worm ran", "qas": [
              {"id": "q1", "question": "what ran", "answers": [{"text": "worm", "answer_start": 5}]}]}]}]}
            """)
        let error = try #require(throws: CorpusError.self) { try AnswerExample.read(tiny.folder.file("squad.json")) }
        #expect(error.description.contains("\"worm\" is not at its answer_start"))
    }
}
