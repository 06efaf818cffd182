-- The three statements that the demo proposes; run by `zhibao sql` and by DuckDB.
SELECT 单位, 城市低保人数 FROM 社会救助 WHERE 报告期='2023-Q1' AND 层级='县';
SELECT prefecture, sum(sa04) AS rural FROM sa WHERE period='2023-Q1' AND level='village'
  GROUP BY prefecture ORDER BY prefecture;
SELECT rank, name, score FROM rankings WHERE scheme='main' AND peer_group='P2'
  AND period='2023-Q1' ORDER BY rank LIMIT 10;
