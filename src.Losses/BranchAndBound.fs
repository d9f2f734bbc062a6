namespace PatFramework.Losses

open System.Collections.Generic
open System.Globalization

/// Where a claim fails: a point, in words too, what floats give there, and an enclosure that lies wholly outside the claim.
type Witness = { Point: float[]; Where: string; Value: float; Enclosure: Interval }

module Witness =
    /// Six digits; 0 for −0.
    let number (x: float) : string =
        (x + 0.0).ToString("G6", CultureInfo.InvariantCulture)

    let numbers (xs: float seq) : string =
        xs |> Seq.map number |> String.concat ", "

/// What became of a statement.
[<RequireQualifiedAccess>]
type Verdict =
    /// It holds for all numbers: the domain was cut into so many boxes, each of which an enclosure settles.
    | Proved of boxes: int
    | Refuted of Witness
    /// The budget is spent, or boxes can't be cut further: nothing is claimed. One of the smallest open boxes, and where it is.
    | Undecided of box: Interval[] * enclosure: Interval * near: string

module Verdict =
    /// The verdicts on all parts of a statement as one.
    let all (verdicts: Verdict list) : Verdict =
        let add all verdict =
            match all, verdict with
            | Verdict.Proved a, Verdict.Proved b -> Verdict.Proved(a + b)
            | Verdict.Refuted _, _ -> all
            | _, Verdict.Refuted _ -> verdict
            | Verdict.Undecided _, _ -> all
            | _ -> verdict

        List.fold add (Verdict.Proved 0) verdicts

/// A quantity over a box: `Enclose` bounds it by intervals, `Value` is what floats give at a point, `Where` names the point.
/// The claim is about the points that are admitted; `Admits` tells whether a box may have one.
type Subject =
    { Enclose: Interval[] -> Interval
      Value: float[] -> float
      Where: float[] -> string
      Admits: Interval[] -> bool }

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
              Where = subject.Where point
              Value = subject.Value point
              Enclosure = subject.Enclose(Array.map Interval.point point) }

        candidates box
        |> List.filter (Array.map Interval.point >> subject.Admits)
        |> List.map witness
        |> List.tryFind (fun w -> Interval.apart w.Enclosure claim && not (Interval.contains w.Value claim))

    let private undecided subject box enclosure =
        Error(Verdict.Undecided(box, enclosure, subject.Where(Array.map Interval.middle box)))

    /// What is left to do about a box: nothing more, its halves, or to stop.
    let private judge subject claim spent box : Result<Interval[] list, Verdict> =
        let enclosure = subject.Enclose box

        if Interval.within claim enclosure || not (subject.Admits box) then
            Ok []
        else
            match tryWitness subject claim box, halves box with
            | Some witness, _ -> Error(Verdict.Refuted witness)
            | None, [] -> undecided subject box enclosure
            | None, _ when spent -> undecided subject box enclosure
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
