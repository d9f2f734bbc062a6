namespace PatFramework.Losses

open System.Collections.Generic

/// Where a claim fails: a point, what floats give there, and an enclosure that lies wholly outside the claim.
type Witness = { Point: float[]; Value: float; Enclosure: Interval }

/// What became of a statement.
[<RequireQualifiedAccess>]
type Verdict =
    /// It holds for all numbers: the domain was cut into so many boxes, each of which an enclosure settles.
    | Proved of boxes: int
    | Refuted of Witness
    /// The budget is spent, or boxes can't be cut further: nothing is claimed. One of the smallest open boxes.
    | Undecided of box: Interval[] * enclosure: Interval

/// A quantity over a box: `Enclose` bounds it by intervals, `Value` is what floats give at a point.
type Subject = { Enclose: Interval[] -> Interval; Value: float[] -> float }

/// Interval branch and bound (Moore 1966; Ratschek & Rokne 1988).
module BranchAndBound =

    /// The widest side of a box, in the measure in which `Interval.middle` halves it.
    let private widest (box: Interval[]) =
        let width (side: Interval) =
            if side.High - side.Low < 16.0 then side.High - side.Low else infinity

        box |> Array.indexed |> Array.maxBy (fun (_, side) -> width side) |> fst

    /// Both halves; none where no number lies between the ends.
    let private halves (box: Interval[]) =
        let k = widest box
        let middle = Interval.middle box[k]

        if middle <= box[k].Low || middle >= box[k].High then
            []
        else
            [ Array.updateAt k (Interval.between middle box[k].High) box
              Array.updateAt k (Interval.between box[k].Low middle) box ]

    /// The middle and two corners: where a witness is looked for.
    let private candidates (box: Interval[]) =
        [ Array.map _.High box; Array.map Interval.middle box; Array.map _.Low box ]

    let private tryWitness subject claim box =
        let witness point =
            { Point = point
              Value = subject.Value point
              Enclosure = subject.Enclose(Array.map Interval.point point) }

        candidates box
        |> List.map witness
        |> List.tryFind (fun w -> Interval.apart w.Enclosure claim && not (Interval.contains w.Value claim))

    /// What is left to do about a box: nothing more, its halves, or to stop.
    let private judge subject claim spent box : Result<Interval[] list, Verdict> =
        let enclosure = subject.Enclose box

        if Interval.within claim enclosure then
            Ok []
        else
            match tryWitness subject claim box, halves box with
            | Some witness, _ -> Error(Verdict.Refuted witness)
            | None, [] -> Error(Verdict.Undecided(box, enclosure))
            | None, _ when spent -> Error(Verdict.Undecided(box, enclosure))
            | None, parts -> Ok parts

    /// Whether the quantity stays in `claim` on all the boxes; the widest are looked at first.
    let settle (budget: int) (subject: Subject) (claim: Interval) (boxes: Interval[] list) : Verdict =
        let waiting = Queue<Interval[]> boxes
        let mutable proved = 0
        let mutable ended = None

        while ended.IsNone && waiting.Count > 0 do
            match judge subject claim (proved + waiting.Count >= budget) (waiting.Dequeue()) with
            | Ok [] -> proved <- proved + 1
            | Ok parts -> List.iter waiting.Enqueue parts
            | Error verdict -> ended <- Some verdict

        Option.defaultValue (Verdict.Proved proved) ended
