/// To whom a document may be shown: the labels of the Traffic Light Protocol, version 2.0 (FIRST).
public enum TrafficLight: String, Sendable, CaseIterable {
    case clear, green, amber
    case amberStrict = "amber+strict"
    case red
}
