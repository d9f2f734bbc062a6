module PatFramework.Experiments.Program

[<EntryPoint>]
let main _ = 0
