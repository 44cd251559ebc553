<?php
// wikidiff2 as a peer: a case a line on standard input, its answer a line on standard output.
// Timed in here, so that starting PHP and reading the texts are not counted.

if (!function_exists('wikidiff2_do_diff')) {
    exit(1);
}
echo json_encode('wikidiff2 ' . phpversion('wikidiff2')), "\n";

const EVERY_LINE = 1000000;  // of context, so that unchanged paragraphs are in the answer too

function runs(string $old, string $new, float $seconds): array
{
    $runs = [];
    $end = hrtime(true) + $seconds * 1e9;
    do {
        $began = hrtime(true);
        wikidiff2_do_diff($old, $new, 2);
        $runs[] = (hrtime(true) - $began) / 1e6;
    } while (hrtime(true) < $end && count($runs) < 200);
    return $runs;
}

while (($line = fgets(STDIN)) !== false) {
    $case = json_decode($line, true);
    $old = implode("\n", $case['old']);
    $new = implode("\n", $case['new']);
    if ($case['seconds'] === null) {
        echo json_encode(wikidiff2_inline_json_diff($old, $new, EVERY_LINE)), "\n";
    } else {
        echo json_encode(runs($old, $new, $case['seconds'])), "\n";
    }
}
