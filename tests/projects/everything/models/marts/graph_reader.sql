select '{% if execute %}{{ graph.nodes | length > 0 }}{% endif %}' as has_graph,
  '{{ model.name }}' as name, '{{ this.schema }}' as place
