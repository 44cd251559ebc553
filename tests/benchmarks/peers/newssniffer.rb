# NewsSniffer's method as a peer: paragraphs by Diff::LCS, then the words of those that changed.
# A case a line on standard input, its answer a line on standard output. Timed in here, so that
# starting Ruby and reading the texts are not counted.

require "json"
require "diff/lcs"

$stdout.sync = true
puts JSON.generate("Diff::LCS #{Diff::LCS::VERSION} on Ruby #{RUBY_VERSION}")

def words(old, new)
  Diff::LCS.sdiff(old.split(/(\s+)/), new.split(/(\s+)/)).flat_map do |change|
    case change.action
    when "=" then [["=", change.new_element]]
    when "-" then [["-", change.old_element]]
    when "+" then [["+", change.new_element]]
    else [["-", change.old_element], ["+", change.new_element]]
    end
  end
end

def rows(old, new)
  Diff::LCS.sdiff(old, new).map do |change|
    was, is = change.old_position, change.new_position
    case change.action
    when "=" then [[was], [is], [["=", change.new_element]]]
    when "-" then [[was], [], [["-", change.old_element]]]
    when "+" then [[], [is], [["+", change.new_element]]]
    else [[was], [is], words(change.old_element, change.new_element)]
    end
  end
end

def clock
  Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_millisecond)
end

def runs(old, new, seconds)
  runs = []
  finish = clock + seconds * 1000
  loop do
    began = clock
    rows(old, new)
    runs << clock - began
    break if clock >= finish || runs.size >= 200
  end
  runs
end

while (line = $stdin.gets)
  old, new, seconds = JSON.parse(line).values_at("old", "new", "seconds")
  puts JSON.generate(seconds ? runs(old, new, seconds) : rows(old, new))
end
