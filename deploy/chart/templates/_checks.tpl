{{- define "aviary.checks" -}}
{{- if and (gt (int .Values.replicas) 1) (ne .Values.database "postgres") }}
{{- fail "replicas: several replicas need database: postgres, for a SQLite file cannot be shared." }}
{{- end }}
{{- if and .Values.istio.enabled (not (hasPrefix "https://" .Values.url)) }}
{{- fail "istio.enabled needs url: the https address that people type." }}
{{- end }}
{{- end }}
