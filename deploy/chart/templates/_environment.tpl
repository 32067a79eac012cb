{{- define "aviary.environment" }}
            - name: HOST
              value: 0.0.0.0
            - name: PORT
              value: "8000"
            - name: AVIARY_CLUSTER
              value: in-cluster
            - name: AVIARY_LOG_FORMAT
              value: json
            - name: AVIARY_WEBHOOK_PORT
              value: "8001"
            - name: AVIARY_WEBHOOK_AUTH
              value: {{ .Values.webhookAuth }}
            {{- with .Values.url }}
            - name: AVIARY_URL
              value: {{ . | quote }}
            {{- end }}
            {{- if eq .Values.database "postgres" }}
            - name: AVIARY_DRAIN_SECONDS
              value: "5"
            - name: DATABASE_URL_FILE
              value: /etc/aviary/database-url
            - name: REDIS_URL_FILE
              value: /etc/aviary/redis-url
            - name: AVIARY_SECRET_KEY_FILE
              value: /etc/aviary/secret-key
            {{- else }}
            - name: AVIARY_DATA_DIR
              value: /data
            {{- end }}
            {{- if .Values.dropIn.enabled }}
            - name: AVIARY_LOADTESTER_URL
              value: {{ .Values.dropIn.loadtester.url | default "http://aviary-loadtester" | quote }}
            {{- end }}
            {{- range $name, $value := .Values.settings }}
            - name: {{ $name }}
              value: {{ $value | quote }}
            {{- end }}
{{- end }}
